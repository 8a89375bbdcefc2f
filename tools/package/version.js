// The version in `bench --version` and run.json: that of package.json, and the commit of the build.
import { execFileSync } from 'node:child_process';

/** `0.1.0+1a2b3c4d5e6f`, with `.dirty` where files differ from the commit; `0.1.0` outside a checkout of git. */
export function buildVersion(version) {
  const commit = git('rev-parse', '--short=12', 'HEAD');
  if (!commit) return version;
  const isDirty = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'package-lock.json') !== '';
  return `${version}+${commit}${isDirty ? '.dirty' : ''}`;
}

/** The day of the commit; empty outside a checkout of git. */
export const buildDate = () => git('log', '-1', '--format=%cs') ?? '';

function git(...args) {
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
