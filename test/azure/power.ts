/** The stand-in behind a virtual machine of the test endpoint: only a port (`fake-machine.ts`), or a real machine. */

export interface MachineOrder {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** An address of the loopback; each machine has its own, so that a connection there disturbs no other test. */
  readonly address: string;
  /** Id of the image, with its version. */
  readonly image: string;
  readonly user: string;
  /** Base64, as the client sent it. */
  readonly customData: string | undefined;
  readonly publicKey: string;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

/** An address and port of the loopback. */
export interface Door {
  readonly host: string;
  readonly port: number;
}

export interface StandIn {
  /** The address and port that stand for port 22 of the machine; undefined where that is port 22 of its address. */
  readonly door?: Door;
  /** The guest's own report that it is provisioned, which ends the operation; rejects if it never comes. */
  readonly provisioned?: Promise<unknown>;
  /** Runs the command of an extension in the guest. */
  run?(command: string): Promise<CommandResult>;
  console(): string;
  /** Idempotent. */
  stop(): void | Promise<void>;
}

export type Power = (order: MachineOrder) => Promise<StandIn>;
