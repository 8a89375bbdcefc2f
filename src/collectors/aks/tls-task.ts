/** The events in the guest agent's folder that are about TLS bootstrap. They run beside provisioning, not inside it. */
export const WAIT_TASK = 'AKS.Runtime.waitForTLSBootstrapping';
/** Differs from a success only by its name: the watcher gave up, so the length is a lower bound and not a duration. */
export const WAIT_TIMEOUT_TASK = 'AKS.Runtime.waitForTLSBootstrappingTimeout';
export const SECURE_TASK = 'AKS.Bootstrap.SecureTLSBootstrapping';

export const isTlsTask = (task: string): boolean =>
  task === WAIT_TASK || task === WAIT_TIMEOUT_TASK || task === SECURE_TASK || task.startsWith(`${SECURE_TASK}.`);
