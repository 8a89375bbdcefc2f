/** What makes machines and destroys them. */
import type { BootIdentity, BootKind, Failure, MachineFacts } from './boot.ts';
import type { ArtifactRequest } from './collector.ts';
import type { BootEvent } from './timeline.ts';
import type { Ms } from './units.ts';

/** Time as it is given to those who wait: a monotonic reading in milliseconds, and a sleep that an abort ends. */
export interface Timer {
  nowMs(): Ms;
  sleep(duration: Ms, signal: AbortSignal): Promise<void>;
}

/** What the outside lets a provider use. Folders exist; `scratch` is private to this process and removed by the caller. */
export interface RunContext {
  readonly runId: string;
  readonly seed: number;
  readonly cacheFolder: string;
  readonly scratchFolder: string;
  /** Folder that relative paths of the scenario start from. */
  readonly scenarioFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timer: Timer;
  /** When the run, or this part of it, began: UTC, ISO 8601. By default, nothing that is made has a date. */
  readonly nowIso?: string;
  /** Says what is being done, e.g. "image before: installing packages (1 of 3)". */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  /**
   * Names of what this run made in the world outside to hold its machines, durable before they exist. What is not among them was
   * made by another process, whatever it is called: a shard, a run of the same second. Without it nothing of an earlier process is
   * taken up.
   */
  readonly claims?: Claims;
  /** This many machines will be kept for someone to look at: they outlive this process, and `scratchFolder` does too. */
  readonly keep?: { readonly machines: number };
  /**
   * Yields what can be seen of a machine from outside (`outside.tcp-refused`, `outside.tcp-open`), counted from `zeroMs`, and
   * ends with the second or when time is up. Where there is none, providers do not wait for a port.
   */
  readonly probe?: (
    host: string,
    port: number,
    limits: { readonly zeroMs: Ms; readonly withinMs: Ms },
    signal: AbortSignal,
  ) => AsyncIterable<BootEvent>;
  /** For providers whose machines are there before them. Absent where no user can log in, as in a test of machines alone. */
  readonly connect?: OpenShell;
}

export interface Claims {
  /** Oldest first. */
  readonly made: readonly string[];
  add(name: string): Promise<void>;
}

export interface BootRequest {
  readonly boot: BootIdentity;
  /** Shared by the boots of one block: what chance there is, is the same for all its variants. */
  readonly blockSeed: number;
  /** Ids of all boots of the block that are requested together, this one among them: what must be equal, is made equal for all of them. */
  readonly together: readonly string[];
  /** A machine of this fleet that was told to reboot: it is booted again, disk and all, instead of a fresh one. */
  readonly again?: Machine;
  /** What the machine finds in place when its boot begins, beside its image; only where the fleet `gives` files to such a boot. */
  readonly files?: readonly GivenFile[];
  /** A file that every bash of the provisioning command reads first; only where the fleet `startsProvisioning`. */
  readonly bashEnv?: string;
}

/** A file of one boot: it lies under `/run`, so no image and no later boot has it. */
export type GivenFile =
  | { readonly kind: 'file'; readonly path: `/run/${string}`; readonly mode: number; readonly content: string }
  | { readonly kind: 'link'; readonly path: `/run/${string}`; readonly target: string };

/** Everything that decides a boot, by name: content as SHA-256, the rest as it is. Two boots with the same inputs are the same boot. */
export type BootInputs = Readonly<Record<string, string>>;

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH private key, PEM; empty where an agent has it. */
  readonly privateKey: string;
  /** Socket of an SSH agent that is asked to sign, with each of its keys. */
  readonly agent?: string;
  /** SHA-256 of host keys in base64 as `ssh-keygen -l` prints it, or how it came to be unknown. */
  readonly hostKey:
    | { readonly kind: 'pinned'; readonly sha256: string }
    | { readonly kind: 'known'; readonly keys: readonly KnownKey[] }
    | { readonly kind: 'trust-on-first-use' };
  /** The way there, where `host` is not to be reached from here. */
  readonly via?: Via;
}

/** A line of known_hosts: a server has one key of each type, and shows the one that is requested. */
export interface KnownKey {
  /** E.g. `ssh-ed25519`. */
  readonly type: string;
  readonly sha256: string;
}

/** `jump`: another SSH server passes the bytes on. `tunnel`: the provider opens one, again for each attempt to connect. */
export type Via =
  | { readonly kind: 'jump'; readonly target: SshTarget }
  | { readonly kind: 'tunnel'; readonly name: string; open(signal: AbortSignal): Promise<ByteStream> };

/** Bytes both ways, as a Duplex of Node is; destroying it ends what carries it. */
export type ByteStream = NodeJS.ReadWriteStream & { destroy(): unknown };

/**
 * Runs a script as root and resolves with what it printed, cut at `maxBytes`; rejects with a BenchError. For text only: what
 * is on the way may change other bytes.
 */
export type RunScript = (
  script: string,
  limits: { readonly withinMs: Ms; readonly maxBytes: number },
  signal: AbortSignal,
) => Promise<string>;

/** A login that stays. Scripts are run as root by the machine's `sh`. */
export interface Shell {
  /** Rejects with a BootFailure when the connection breaks or time is up, or with the reason of `signal`. */
  run(script: string, limits: { readonly withinMs: Ms }, signal: AbortSignal): Promise<ShellAnswer>;
  /** Aborted when the connection breaks. */
  readonly lost: AbortSignal;
  /** Idempotent. */
  close(): void;
}

/** Texts are hostile and cut at some hundred kilobytes; a code of null is a script that a signal ended. */
export interface ShellAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Logs in, trying again until `withinMs` is over. Rejects with a BootFailure, or with the reason of `signal`. */
export type OpenShell = (target: SshTarget, limits: { readonly withinMs: Ms }, signal: AbortSignal) => Promise<Shell>;

/**
 * What is requested from a machine beside the artifacts of its boot, so that its provider can say whether it was the boot that was
 * asked for: one login tells all, and what was reported stays with the boot.
 */
export interface Proof {
  readonly requests: readonly ArtifactRequest[];
  /** By the path of the request; undefined where the boot is right. */
  judge(found: ReadonlyMap<string, { readonly text: string; readonly exitCode: number | null }>): Failure | undefined;
}

export interface Machine {
  readonly facts: MachineFacts;
  readonly ssh: SshTarget;
  /** How a machine without SSH is read; where there is none, it is read by SSH. */
  readonly run?: RunScript;
  readonly marks: readonly BootEvent[];
  /** The zero of the marks on the run's timer: when the machine was requested. */
  readonly zeroMs: Ms;
  /** Time since `zeroMs` in which the provider was made to wait by its cloud: it does not count against the boot. */
  heldMs?(): Ms;
  /** Why this boot has failed although its machine can be reached: what the machine holds is evidence of that. */
  readonly failure?: Failure;
  readonly proof?: Proof;
  /** How long it may still take until it accepts a login, where nothing outside says that it is up. */
  readonly reachWithinMs?: Ms;
  /** Tells it to boot again, where that takes more than `systemctl reboot`. Rejects with a BootFailure. */
  reboot?(signal: AbortSignal): Promise<void>;
  /** Asked when the machine cannot be reached any more: what the provider knows of why. Never throws. */
  fate?(): Promise<Failure | undefined>;
  /** The serial console so far, as bytes decoded loosely; hostile text. */
  console(): Promise<string>;
  /** Leaves it running when the fleet closes; `destroy` does nothing from then on. Only where the run keeps machines. */
  keep?(): Promise<KeptMachine>;
  /** Idempotent, never throws. */
  destroy(): Promise<void>;
}

/** Commands for a shell: one that reaches this machine, one that ends all that the run kept. */
export interface KeptMachine {
  readonly reach: string;
  readonly end: string;
}

export interface Fleet {
  /** Facts of the whole fleet for run.json: versions, accelerator, exact images. Runs that differ in `comparable` must not be compared. */
  readonly facts: MachineFacts;
  /** Kinds of boots that can be given files (`BootRequest.files`); none where this is absent. */
  readonly gives?: readonly BootKind[];
  /** The provisioning script is started by a command of the provider's, not by a unit of the image. */
  readonly startsProvisioning?: boolean;
  /**
   * What decides the boot that was requested; undefined where something decides it that is not known (real time, real
   * processors), or where the whole fleet cannot tell, which is what an absent function says.
   */
  inputsOf?(request: BootRequest): Promise<BootInputs | undefined>;
  /** What a machine costs, in US dollars by the list; absent where machines are free, or the price is not known. */
  readonly usdPerHour?: number;
  /**
   * Resolves once the boot is over as the machine itself said; in a cloud, where nothing in the image does, once the machine is
   * provisioned and reachable. Rejects with a BootFailure, its machine already destroyed.
   */
  boot(request: BootRequest, signal: AbortSignal): Promise<Machine>;
  /** Destroys whatever is left. Idempotent. */
  close(): Promise<void>;
}

/** Of one scenario. What bench knows of a provider otherwise is its `ProviderKind`. */
export interface Provider {
  open(run: RunContext): Promise<Fleet>;
}

/** A boot that did not come about: a result, with all the evidence there is. */
export class BootFailure extends Error {
  readonly failure: Failure;
  readonly facts: MachineFacts;
  readonly marks: readonly BootEvent[];
  readonly console: string;

  constructor(failure: Failure, evidence: { facts: MachineFacts; marks: readonly BootEvent[]; console: string }) {
    super(failure.message);
    this.name = 'BootFailure';
    this.failure = failure;
    this.facts = evidence.facts;
    this.marks = evidence.marks;
    this.console = evidence.console;
  }
}

/** Fact of a run whose variants were given bootstrap data that replaces scripts of their images alike: how many, and one of them. */
export const OVERWRITTEN = 'bootstrap.overwritten';

/** A fact of a boot: milliseconds that its machine was there before the harness requested its provisioning. */
export const PROVISIONING_DELAY = 'provisioningDelayMs';
