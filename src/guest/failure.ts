/**
 * Why bench could not reach or read a machine: one line and what to do about it, with a stable code. It makes text from the
 * machine printable and short before it goes into a message.
 */
import type { Failure } from '../model/boot.ts';
import { firstLine } from '../model/printable.ts';

export type GuestFailureCode =
  | 'ssh-refused'
  | 'ssh-unreachable'
  | 'ssh-no-banner'
  | 'ssh-handshake'
  | 'ssh-auth'
  | 'ssh-host-key'
  | 'ssh-lost'
  | 'sudo-refused'
  | 'reboot-refused'
  | 'collect-timeout'
  | 'collect-failed'
  | 'guest-disk-full'
  | 'artifact-limit';

/** bench could not reach or read a machine. A result of the boot, not a bug. */
export class GuestFailure extends Error {
  readonly failure: Failure;
  readonly code: GuestFailureCode;

  constructor(stage: 'reach' | 'collect', code: GuestFailureCode, message: string, hint: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'GuestFailure';
    this.code = code;
    this.failure = { stage, code, message, hint };
  }
}

/** The login failed. */
export const reachFailure = (code: GuestFailureCode, message: string, hint: string, cause?: unknown): GuestFailure =>
  new GuestFailure('reach', code, message, hint, cause);

/** The login succeeded, but bench could not read the machine. */
export const collectFailure = (code: GuestFailureCode, message: string, hint: string, cause?: unknown): GuestFailure =>
  new GuestFailure('collect', code, message, hint, cause);

/** A login that cannot run commands. */
export const runsNoCommand = (cause: Error): GuestFailure =>
  collectFailure(
    'collect-failed',
    `The machine let us in but runs no command: ${firstLine(cause.message)}.`,
    'See whether its sshd_config or the key forbids commands (MaxSessions 0, ForceCommand, a nologin shell).',
    cause,
  );

/** The login's user may not do what only root may. */
export const sudoRefused = (user: string, said: string): GuestFailure =>
  reachFailure(
    'sudo-refused',
    `${user} could not become root: ${said.replace(/\.$/, '')}.`,
    `Allow it sudo without a password (on the machine: visudo -f /etc/sudoers.d/bench, and write "${user} ALL=(ALL) NOPASSWD: ALL"), or log in as root.`,
  );
