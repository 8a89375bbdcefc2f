/**
 * Short names for provisioning steps, as scenarios and metric ids use them. Reversible:
 *
 *   AKS.CSE.ensureKubelet                       ensureKubelet
 *   AKS.Runtime.validateKubeletCredentials      runtime/validateKubeletCredentials
 *   AKS.AKSNodeController.Provision             as it is
 *
 * A step that runs n times has n names, in order of start: `installDeps`, `installDeps#2`, ... So bench compares the first run
 * in one boot with the first run in another.
 */
const CSE = 'AKS.CSE.';
const RUNTIME = 'AKS.Runtime.';

export function shortTaskName(task: string): string {
  if (task.startsWith(RUNTIME)) return `runtime/${task.slice(RUNTIME.length)}`;
  const short = task.startsWith(CSE) ? task.slice(CSE.length) : task;
  // A step keeps its full name if the short one could mean another step.
  return short === '' || /^(?:AKS\.|runtime\/)/.test(short) ? task : short;
}

/** The TaskName that `shortTaskName` came from. */
export function fullTaskName(name: string): string {
  const task = name.replace(/#\d+$/, '');
  if (task.startsWith('runtime/')) return RUNTIME + task.slice('runtime/'.length);
  return task.startsWith('AKS.') ? task : CSE + task;
}
