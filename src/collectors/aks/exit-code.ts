/**
 * What provisioning's exit codes mean, for the codes that a boot comparison meets. Source: the ERR_ constants of AgentBaker's
 * provisioning scripts; 124 is timeout(1).
 */
const MEANINGS: Readonly<Record<number, string>> = {
  0: 'success',
  4: 'a systemd unit could not be started',
  6: 'a file that had to appear did not',
  7: 'the guest agent package could not be held',
  9: 'installing packages with apt timed out',
  34: 'kubelet could not be started',
  41: 'downloading the network plugin timed out',
  50: 'no outbound connection',
  51: 'the API server could not be reached',
  52: 'the name of the API server could not be resolved',
  99: 'apt could not update its package lists',
  124: 'the time for provisioning ran out',
  223: 'cloud-init had failed',
};

/** In words; for an unknown code that it is unknown. */
export const exitCodeMeaning = (code: number): string => MEANINGS[code] ?? 'meaning not known here';
