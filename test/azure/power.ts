/** What stands behind a virtual machine of the test endpoint: a port and nothing else (`fake-machine.ts`), or a real one. */

export interface MachineOrder {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Of the loopback; each machine has its own, so that a connection there disturbs no other test. */
  readonly address: string;
  /** Id of the image, to the version. */
  readonly image: string;
  readonly user: string;
  /** Base64, as it was sent. */
  readonly customData: string | undefined;
  readonly publicKey: string;
}

export interface CommandResult {
  readonly exitCode: number;
  readonly output: string;
}

/** Of the loopback. */
export interface Door {
  readonly host: string;
  readonly port: number;
}

export interface StandIn {
  /** What stands for port 22 of the machine; undefined where that is port 22 of its address. */
  readonly door?: Door;
  /** The guest's own report that it is provisioned, which ends the operation; rejects where it never comes. */
  readonly provisioned?: Promise<unknown>;
  /** Runs the command of an extension in the guest. */
  run?(command: string): Promise<CommandResult>;
  console(): string;
  /** Idempotent. */
  stop(): void | Promise<void>;
}

export type Power = (order: MachineOrder) => Promise<StandIn>;
