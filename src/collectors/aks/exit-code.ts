/**
 * Meanings of provisioning's exit codes. The frequent ones have a description; every code that AgentBaker assigns has the
 * constant's name (`exit-codes.ts`, generated). 124 is timeout(1).
 */
import { EXIT_CODE_NAMES } from './exit-codes.ts';

const MEANINGS: Readonly<Record<number, string>> = {
  0: 'success',
  4: 'a systemd unit could not be started',
  6: 'an expected file did not appear',
  7: 'the guest agent package could not be pinned (apt-mark hold)',
  9: 'installing packages with apt timed out',
  34: 'kubelet could not be started',
  41: 'downloading the network plugin timed out',
  50: 'no outbound connection',
  51: 'the API server could not be reached',
  52: 'the name of the API server could not be resolved',
  99: 'apt could not update its package lists',
  124: 'provisioning timed out',
  211: 'no token for pulling artifacts from the registry',
  215: 'name resolution was not healthy',
  223: 'cloud-init had failed',
  240: 'the node controller failed',
};

/** The description with the constant's name, if any; "unknown" for other codes. */
export function exitCodeMeaning(code: number): string {
  const name = EXIT_CODE_NAMES[code];
  const words = MEANINGS[code];
  if (name === undefined) return words ?? 'unknown meaning';
  return words === undefined ? `ERR_${name}` : `${words} (ERR_${name})`;
}
