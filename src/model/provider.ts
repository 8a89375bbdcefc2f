/** The interface of providers, which create machines and destroy them. */
import type { BootIdentity, BootKind, Failure, MachineFacts } from './boot.ts';
import type { ArtifactRequest } from './collector.ts';
import type { BootEvent } from './timeline.ts';
import type { Ms } from './units.ts';

/** The time for code that waits: a monotonic reading in milliseconds, and a sleep that an abort ends. */
export interface Timer {
  nowMs(): Ms;
  sleep(duration: Ms, signal: AbortSignal): Promise<void>;
}

/** What a provider may use of the outside world. Folders exist; `scratch` is private to this process, and the caller removes it. */
export interface RunContext {
  readonly runId: string;
  readonly seed: number;
  readonly cacheFolder: string;
  readonly scratchFolder: string;
  /** Base folder of the scenario's relative paths. */
  readonly scenarioFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timer: Timer;
  /** When the run, or this part of it, began: UTC, ISO 8601. Without it, resources get no date. */
  readonly nowIso?: string;
  /** Reports progress, e.g. "image before: installing packages (1 of 3)". */
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
  /**
   * Names of the cloud resources that hold this run's machines, on disk before the resources exist. Any other resource belongs
   * to another process, even with a similar name: a shard, a run of the same second. Without `claims`, a provider adopts
   * nothing of an earlier process.
   */
  readonly claims?: Claims;
  /** The run will keep this many machines for inspection: they and `scratchFolder` outlive this process. */
  readonly keep?: { readonly machines: number };
  /**
   * Yields what is visible of a machine from outside (`outside.tcp-refused`, `outside.tcp-open`), counted from `zeroMs`. It
   * ends after `outside.tcp-open` or when time is up. Without it, providers do not wait for a port.
   */
  readonly probe?: (
    host: string,
    port: number,
    limits: { readonly zeroMs: Ms; readonly withinMs: Ms },
    signal: AbortSignal,
  ) => AsyncIterable<BootEvent>;
  /** For providers whose machines exist before the provider starts. Absent if no user can log in, as in a test of machines alone. */
  readonly connect?: OpenShell;
}

export interface Claims {
  /** Oldest first. */
  readonly made: readonly string[];
  add(name: string): Promise<void>;
}

export interface BootRequest {
  readonly boot: BootIdentity;
  /** Shared by the boots of one block: random choices are the same for all its variants. */
  readonly blockSeed: number;
  /** Ids of all boots of the block that start together, including this one: the provider makes shared conditions equal for all of them. */
  readonly together: readonly string[];
  /** A machine of this fleet that was told to reboot: the provider boots it again, with its disk, instead of a fresh one. */
  readonly again?: Machine;
  /** Files that the machine finds in place when its boot begins, besides its image; only if the fleet `gives` files to such a boot. */
  readonly files?: readonly GivenFile[];
  /** A file that every bash of the provisioning command reads first; only if the fleet `startsProvisioning`. */
  readonly bashEnv?: string;
}

/** A file of one boot: it lies under `/run`, so no image and no later boot contains it. */
export type GivenFile =
  | { readonly kind: 'file'; readonly path: `/run/${string}`; readonly mode: number; readonly content: string }
  | { readonly kind: 'link'; readonly path: `/run/${string}`; readonly target: string };

/** Everything that decides a boot, by name: content as SHA-256, the rest in plain text. Two boots with equal inputs are the same boot. */
export type BootInputs = Readonly<Record<string, string>>;

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** OpenSSH private key, PEM; empty if an agent has it. */
  readonly privateKey: string;
  /** Socket of an SSH agent; its keys sign one after another. */
  readonly agent?: string;
  /** SHA-256 of host keys in base64 as `ssh-keygen -l` prints it, or the reason why we do not know it. */
  readonly hostKey:
    | { readonly kind: 'pinned'; readonly sha256: string }
    | { readonly kind: 'known'; readonly keys: readonly KnownKey[] }
    | { readonly kind: 'trust-on-first-use' };
  /** The route, if `host` is not reachable from here. */
  readonly via?: Via;
}

/** A line of known_hosts: a server has one key of each type, and shows the type that the client requests. */
export interface KnownKey {
  /** E.g. `ssh-ed25519`. */
  readonly type: string;
  readonly sha256: string;
}

/** `jump`: another SSH server relays the bytes. `tunnel`: the provider opens one for each attempt to connect. */
export type Via =
  | { readonly kind: 'jump'; readonly target: SshTarget }
  | { readonly kind: 'tunnel'; readonly name: string; open(signal: AbortSignal): Promise<ByteStream> };

/** Bytes both ways, as a Duplex of Node; destroying it also ends its carrier. */
export type ByteStream = NodeJS.ReadWriteStream & { destroy(): unknown };

/**
 * Runs a script as root and resolves with its output, cut at `maxBytes`; rejects with a BenchError. For text only: the
 * transport may change other bytes.
 */
export type RunScript = (
  script: string,
  limits: { readonly withinMs: Ms; readonly maxBytes: number },
  signal: AbortSignal,
) => Promise<string>;

/** A persistent login. The machine's `sh` runs scripts as root. */
export interface Shell {
  /** Rejects with a BootFailure when the connection breaks or time is up, or with the reason of `signal`. */
  run(script: string, limits: { readonly withinMs: Ms }, signal: AbortSignal): Promise<ShellAnswer>;
  /** Aborted when the connection breaks. */
  readonly lost: AbortSignal;
  /** Idempotent. */
  close(): void;
}

/** Texts are untrusted and cut at some hundred kilobytes; a null code means that a signal ended the script. */
export interface ShellAnswer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Logs in, and retries until `withinMs` is over. Rejects with a BootFailure, or with the reason of `signal`. */
export type OpenShell = (target: SshTarget, limits: { readonly withinMs: Ms }, signal: AbortSignal) => Promise<Shell>;

/**
 * What bench requests from a machine besides the artifacts of its boot, so that the provider can verify that it ran the right
 * boot. The same login collects both, and the answers stay with the boot.
 */
export interface Proof {
  readonly requests: readonly ArtifactRequest[];
  /** By the path of the request; undefined if the boot is right. */
  judge(found: ReadonlyMap<string, { readonly text: string; readonly exitCode: number | null }>): Failure | undefined;
}

export interface Machine {
  readonly facts: MachineFacts;
  readonly ssh: SshTarget;
  /** How to read a machine without SSH; absent if bench reads it by SSH. */
  readonly run?: RunScript;
  readonly marks: readonly BootEvent[];
  /** The zero of the marks on the run's timer: when the machine was requested. */
  readonly zeroMs: Ms;
  /** Time since `zeroMs` in which the cloud made the provider wait: it does not count against the boot. */
  heldMs?(): Ms;
  /** Why this boot failed although bench can reach the machine, whose contents are evidence of the cause. */
  readonly failure?: Failure;
  readonly proof?: Proof;
  /** How long it may still take until it accepts a login, if nothing outside shows that it is up. */
  readonly reachWithinMs?: Ms;
  /** Reboots the machine, if that takes more than `systemctl reboot`. Rejects with a BootFailure. */
  reboot?(signal: AbortSignal): Promise<void>;
  /** Called when bench can no longer reach the machine: what the provider knows of the cause. Never throws. */
  fate?(): Promise<Failure | undefined>;
  /** The serial console so far, as leniently decoded bytes; untrusted text. */
  console(): Promise<string>;
  /** Leaves it running when the fleet closes; `destroy` does nothing from then on. Only if the run keeps machines. */
  keep?(): Promise<KeptMachine>;
  /** Idempotent, never throws. */
  destroy(): Promise<void>;
}

/** Commands for a shell: one that reaches this machine, one that ends everything that the run kept. */
export interface KeptMachine {
  readonly reach: string;
  readonly end: string;
}

export interface Fleet {
  /** Facts of the whole fleet for run.json: versions, accelerator, exact images. Never compare runs that differ in `comparable`. */
  readonly facts: MachineFacts;
  /** Kinds of boots that accept files (`BootRequest.files`); absent if none. */
  readonly gives?: readonly BootKind[];
  /** A command of the provider, not a unit of the image, starts the provisioning script. */
  readonly startsProvisioning?: boolean;
  /**
   * The inputs that decide the boot. Undefined if something unknown also decides it (real time, real processors); the function
   * is absent if that holds for the whole fleet.
   */
  inputsOf?(request: BootRequest): Promise<BootInputs | undefined>;
  /** Price of a machine in US dollars per hour, from the list; absent if machines are free or the price is unknown. */
  readonly usdPerHour?: number;
  /**
   * Resolves once the machine itself reports the end of the boot. In a cloud, where nothing in the image reports it, resolves
   * once the machine is provisioned and reachable. Rejects with a BootFailure, after destroying its machine.
   */
  boot(request: BootRequest, signal: AbortSignal): Promise<Machine>;
  /** Destroys whatever is left. Idempotent. */
  close(): Promise<void>;
}

/** A provider for one scenario. Everything else that bench knows of a provider is in its `ProviderKind`. */
export interface Provider {
  open(run: RunContext): Promise<Fleet>;
}

/** A boot that failed: a result, with all the available evidence. */
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

/** Fact of a run whose variants got bootstrap data that replaces scripts of their images: how many, and the name of one. */
export const OVERWRITTEN = 'bootstrap.overwritten';

/** Fact of a boot: milliseconds that its machine existed before the harness requested its provisioning. */
export const PROVISIONING_DELAY = 'provisioningDelayMs';
