/** Arguments and results of the API: plain data, except for signals and callbacks. */

/** A JSON value. Numbers are JavaScript's: Nix integers beyond ±2^53 are rounded. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

/** The progress of a call; `type` is the kind of event. More types may be added: ignore unknown ones. */
export type BootflakeEvent =
  | NoteEvent
  | WarningEvent
  | PlanEvent
  | StartEvent
  | AdvanceEvent
  | FinishEvent
  | BuildEvent
  | FetchEvent
  | LogEvent
  | DeployEvent;

/** A line for the user: the output of `builtins.trace`, or that a lock file was written. */
export interface NoteEvent {
  /** The kind of event. */
  type: 'note';
  /** The text, without a final line break. */
  message: string;
}

/** A problem that does not end the call. */
export interface WarningEvent {
  /** The kind of event. */
  type: 'warning';
  /** The text, without `warning:`. */
  message: string;
  /** The origin: bootflake, or `builtins.warn` of the evaluated expression. */
  source: 'bootflake' | 'evaluation';
}

/** The derivations to build are known. Not sent when everything is in the store. */
export interface PlanEvent {
  /** The kind of event. */
  type: 'plan';
  /** The paths of the derivations (`.drv`), inputs before those that need them. */
  toBuild: string[];
  /** The store paths to fetch from binary caches, sorted. */
  toFetch: string[];
  /** Bytes to download, as far as known in advance. */
  downloadBytes: number;
  /** Bytes of the downloads after unpacking. */
  unpackedBytes: number;
}

/** A long step begins. Its `finish` event has the same `id`, whether the step failed or not. */
export interface StartEvent {
  /** The kind of event. */
  type: 'start';
  /** Identifies the step among the running ones. */
  id: string;
  /** A description for the user: "fetching 'https://...'". */
  activity: string;
  /** The sum of the bytes of its `advance` events, if known. */
  totalBytes?: number;
  /** True if the bytes come over the network. */
  download?: boolean;
}

/** Progress of a step. */
export interface AdvanceEvent {
  /** The kind of event. */
  type: 'advance';
  /** The `id` of its `start`. */
  id: string;
  /** Bytes since the last event of this step. */
  bytes: number;
}

/** A step has ended. */
export interface FinishEvent {
  /** The kind of event. */
  type: 'finish';
  /** The `id` of its `start`. */
  id: string;
}

/** The build of one derivation begins or ends. */
export interface BuildEvent {
  /** The kind of event. */
  type: 'build';
  /** The new state of the build. */
  state: 'started' | 'finished' | 'failed';
  /** The derivation's path in the store. */
  drvPath: string;
  /** The derivation's name, without hash and `.drv`. */
  name: string;
  /** The address of the machine that builds it, if that is another one. */
  machine?: string;
}

/** A path begins or ends to be fetched from a binary cache. */
export interface FetchEvent {
  /** The kind of event. */
  type: 'fetch';
  /** The new state of the fetch. */
  state: 'started' | 'finished' | 'failed';
  /** The path in the store. */
  path: string;
  /** The path's name, without its hash. */
  name: string;
}

/** One line printed by a builder. */
export interface LogEvent {
  /** The kind of event. */
  type: 'log';
  /** The path of the derivation being built. */
  drvPath: string;
  /** The derivation's name, without hash and `.drv`. */
  name: string;
  /** The line, without its line break. */
  line: string;
}

/** How far the deployment of one machine is. */
export interface DeployEvent {
  /** The kind of event. */
  type: 'deploy';
  /** The machine's name. */
  machine: string;
  /** The address of its host. */
  host: string;
  /** What happens now. `changing`: it is made, or gets its new system; `done`, `failed`, `skipped`: the end. */
  state: 'waiting' | 'connecting' | 'sending' | 'changing' | 'observing' | 'done' | 'failed' | 'skipped';
  /** A line for the user, if there is one. */
  message?: string;
  /** While it is sent: bytes of the image so far. */
  bytes?: number;
  /** All bytes of the image that are sent. */
  totalBytes?: number;
}

/** Options of every call; those given to {@link open} are the defaults of each call. */
export interface CommonOptions {
  /** Ends the call; its promise rejects with the signal's reason. Defaults to none. */
  signal?: AbortSignal | undefined;
  /** Receives all events in order. An exception it throws does not end the call, but is an uncaught exception of the program. */
  onProgress?: ((event: BootflakeEvent) => void) | undefined;
  /** Settings of nix.conf by name (`extra-NAME` appends); they override nix.conf and NIX_CONFIG. Defaults to none. */
  settings?: Readonly<Record<string, string>> | undefined;
  /** Allows evaluation to read the environment, all files and the clock, as `--impure`. Defaults to `false`. */
  impure?: boolean | undefined;
  /** Uses no network, only the store and the caches. Defaults to `false`. */
  offline?: boolean | undefined;
  /** Fetches unlocked references again, however recent the cached response is. Defaults to `false`. */
  refresh?: boolean | undefined;
  /**
   * Replaces inputs, by path (`nixpkgs`, `a/nixpkgs`), with other flake references. No lock file is written then. Defaults to none.
   */
  overrideInputs?: Readonly<Record<string, string>> | undefined;
}

/** For {@link open}. */
export interface OpenOptions extends CommonOptions {
  /**
   * The folder to which relative references, files and links are relative. Defaults to the process's working directory when {@link open}
   * is called.
   */
  cwd?: string | undefined;
  /**
   * The environment variables. They determine the places of the store (BOOTFLAKE_ROOT, XDG_DATA_HOME), the caches (XDG_CACHE_HOME), the
   * state (XDG_STATE_HOME) and nix.conf, the mirrors and proxies, the programs (PATH), and the variables that impure evaluation reads. The
   * object is copied; `process.env` is never written. Defaults to `process.env`.
   */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The URL of a mirror of Debian's archive, as `--mirror`. Defaults to BOOTFLAKE_MIRROR, the host's apt sources, or Debian's own. */
  mirror?: string | undefined;
  /** The same for Debian's security archive, as `--security-mirror`. */
  securityMirror?: string | undefined;
}

/** For {@link Bootflake.build}. */
export interface BuildOptions extends CommonOptions {
  /**
   * Makes symlinks to the results: `NAME` for the first installable, `NAME-1` and so on for the others, with `-OUTPUT` for outputs other
   * than `out`. Links protect the results from `bootflake store gc`; without links, they are protected while the process runs. Defaults to
   * no links.
   */
  outLink?: string | undefined;
  /** Builds again what is in the store and compares; rejects with `store/not-deterministic` if it differs. Defaults to `false`. */
  rebuild?: boolean | undefined;
  /** The number of parallel builders. Defaults to `max-jobs` of nix.conf, else to the host's cores. */
  maxJobs?: number | undefined;
}

/** The result of {@link Bootflake.build} for one installable. */
export interface BuildResult {
  /** The installable, as given. */
  installable: string;
  /** The derivation's path in the store; undefined if the installable is itself a store path, which is only fetched. */
  drvPath: string | undefined;
  /** Output name to logical store path: `/nix/store/HASH-NAME`. */
  outputs: Record<string, string>;
  /** Output name to the file or folder on this machine that holds it. */
  files: Record<string, string>;
  /** Output name to the link made for `outLink`; empty without it. */
  links: Record<string, string>;
}

/** One installable of a {@link PlanResult}. */
export interface PlannedInstallable {
  /** The installable, as given. */
  installable: string;
  /** The derivation's path in the store; undefined if the installable is itself a store path, which is only fetched. */
  drvPath: string | undefined;
  /** Output name to store path, which may not exist yet. */
  outputs: Record<string, string>;
}

/** The result of {@link Bootflake.plan}. */
export interface PlanResult {
  /** The installables, in the order given. */
  installables: PlannedInstallable[];
  /** The paths of the derivations that would be built, inputs before those that need them. */
  toBuild: string[];
  /** The store paths that would be fetched from binary caches, sorted. */
  toFetch: string[];
  /** Bytes that would be downloaded, as far as known in advance. */
  downloadBytes: number;
  /** Bytes of those downloads after unpacking. */
  unpackedBytes: number;
}

/** What to evaluate: one of an expression, a file, and an attribute of a flake. */
export type EvaluateRequest = EvaluateExpression | EvaluateFile | EvaluateInstallable;

/** An expression. Paths in it are relative to the `cwd` of {@link open}. */
export interface EvaluateExpression {
  /** In Nix's language. */
  expr: string;
  /** The path of an attribute in the value. Defaults to the whole value. */
  attribute?: string | undefined;
  /** A Nix function applied to the selected value. Defaults to none. */
  apply?: string | undefined;
}

/** An expression in a file. It is evaluated impurely, as Nix does. */
export interface EvaluateFile {
  /** The file, or a folder with a `default.nix`; `<NAME>` is searched in NIX_PATH. */
  file: string;
  /** The path of an attribute in the value. Defaults to the whole value. */
  attribute?: string | undefined;
  /** A Nix function applied to the selected value. Defaults to none. */
  apply?: string | undefined;
}

/** An attribute of a flake. */
export interface EvaluateInstallable {
  /** `FLAKE#ATTRIBUTE`. */
  installable: string;
  /** A Nix function applied to the attribute's value. Defaults to none. */
  apply?: string | undefined;
}

/** For {@link Bootflake.run}. */
export interface RunOptions extends CommonOptions {
  /** A disk image, a folder that contains one, or an installable, whose image is built first. Defaults to `.`. */
  target?: string | undefined;
  /** The command that a shell runs in the machine, which is powered off afterwards. */
  exec: string;
  /** The command's standard input; strings are encoded in UTF-8. Defaults to nothing. */
  input?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Receives the command's standard output in pieces. Defaults to dropping it. */
  onOutput?: ((bytes: Uint8Array) => void) | undefined;
  /** The same for its standard error. */
  onErrorOutput?: ((bytes: Uint8Array) => void) | undefined;
  /** The user that logs in. Defaults to the image's first normal user. */
  user?: string | undefined;
  /** That user's password. Defaults to the empty one. */
  password?: string | undefined;
  /** The time limit of the whole run, in seconds. Defaults to none; boot and login have limits of their own. */
  timeoutSeconds?: number | undefined;
  /** Memory as qemu's `-m` takes it (`4G`, or a number of MiB). Defaults to 4G, or 2G on a host with less than 16 GB. */
  memory?: string | undefined;
  /** The number of processors. Defaults to 2, or the host's if fewer; 1 if a qemu older than 8.2 emulates them. */
  processors?: number | undefined;
  /** A file that keeps the machine's writes; it is created if missing. Defaults to none: the writes are dropped. */
  disk?: string | undefined;
  /** The size of the disk that the machine sees, as `20G`. Defaults to the image's. */
  diskSize?: string | undefined;
  /** TCP port forwards as `HOST:GUEST`. Defaults to none. */
  forwards?: readonly string[] | undefined;
  /** The firmware. Defaults to `bios`. */
  firmware?: 'bios' | 'uefi' | 'secure-boot' | undefined;
  /** The accelerator. Defaults to `auto`: the fastest that works. */
  accelerator?: 'auto' | 'kvm' | 'hvf' | 'tcg' | undefined;
  /** Additional arguments for qemu. Defaults to none. */
  qemuArguments?: readonly string[] | undefined;
}

/** For {@link Bootflake.deploy}. */
export interface DeployOptions extends CommonOptions {
  /**
   * What is deployed: installables, of which a configuration's name is enough, images, and folders that hold one. With `all` or `on`, at
   * most one flake. Defaults to `.`.
   */
  targets?: readonly string[] | undefined;
  /** The host, as `ssh://user@host:port`. Defaults to `bootflake.deploy.host` of each configuration. */
  host?: string | undefined;
  /** The machine's name, of a single target. Defaults to `bootflake.deploy.name`, else to the configuration's name. */
  name?: string | undefined;
  /** Deploys all configurations of the flake that have a host. Defaults to `false`. */
  all?: boolean | undefined;
  /** The same for those whose names match one of these patterns (`*`, `?`). Defaults to none. */
  on?: readonly string[] | undefined;
  /** So many of the first have to be well before the others begin. Defaults to none. */
  canary?: number | undefined;
  /** How many machines are deployed at a time, those of one host one after the other. Defaults to 10. */
  batch?: number | undefined;
  /** Changes nothing on the hosts: the results say what would be done. Defaults to `false`. */
  dryRun?: boolean | undefined;
  /** A script of sh that has to succeed in the guest. Defaults to `bootflake.deploy.check`. */
  check?: string | undefined;
  /** An address that has to reply to the machine's host. Defaults to `bootflake.deploy.url`. */
  url?: string | undefined;
  /** Seconds that a guest may take to shut down, and its new system to be well. Defaults to `bootflake.deploy.timeout`, else to 300. */
  timeoutSeconds?: number | undefined;
  /** Replaces also systems that declare no state: all that was written in them is left behind. Defaults to `false`. */
  discardChanges?: boolean | undefined;
  /** Whether a machine that is made starts with its host. Defaults to `bootflake.deploy.autostart`, else to `true`. */
  autostart?: boolean | undefined;
  /** Credentials of the guest, by name: files of this machine. Defaults to none. */
  secrets?: Readonly<Record<string, string>> | undefined;
}

/** What {@link Bootflake.deploy} has done for one machine. */
export interface DeployResult {
  /** The machine's name. */
  machine: string;
  /** The address of its host. */
  host: string;
  /** What was deployed. */
  target: string;
  /** `planned`: by a dry run; `skipped`: a canary failed before. */
  status: 'created' | 'updated' | 'started' | 'unchanged' | 'planned' | 'failed' | 'skipped';
  /** Bytes that were sent. */
  sent: number;
  /** The ports of its host that lead to it. */
  forwards: DeployedPort[];
  /** Of a dry run. */
  plan?: DeployPlan;
  /** The error that ended its deployment, a {@link BootflakeError}. */
  error?: Error;
}

/** A port of a host that leads to a machine on it. */
export interface DeployedPort {
  /** The protocol above IP. */
  protocol: 'tcp' | 'udp';
  /** The host's address on which it listens. */
  address: string;
  /** The host's port. */
  host: number;
  /** The machine's port. */
  guest: number;
}

/** What would be done for one machine. */
export interface DeployPlan {
  /** `restart`: it runs, and gets its new system by a restart. */
  action: 'create' | 'restart' | 'start' | 'none';
  /** Bytes that would be sent, packed; those of an earlier transfer that was cut are not counted out. */
  bytes: number;
  /** Whether all of the image is sent; else what differs from an image that the host has. */
  whole: boolean;
  /** What else changes: `memory`, `processors`, `forwards` and such. */
  changes: string[];
}

/** For the functions of {@link FlakeFunctions}. */
export interface FlakeOptions extends CommonOptions {
  /** A flake reference: a path, or a URL. Defaults to `.`. */
  flake?: string | undefined;
}

/** For {@link FlakeFunctions.lock}. */
export interface LockOptions extends FlakeOptions {
  /** Inputs to lock again: all of them (`true`), or those named. Defaults to those that are not locked yet. */
  update?: boolean | readonly string[] | undefined;
}

/** For {@link FlakeFunctions.show}. */
export interface ShowOptions extends FlakeOptions {
  /** Includes `legacyPackages`. Defaults to `false`. */
  legacy?: boolean | undefined;
}

/** The result of {@link FlakeFunctions.metadata}, with the names of `nix flake metadata --json`. */
export interface FlakeMetadata {
  /** The flake's own `description`. */
  description?: string;
  /** The locked reference, as text. */
  url: string;
  /** The same as attributes. */
  locked: { [name: string]: JsonValue };
  /** The reference as it was given. */
  originalUrl: string;
  /** The same as attributes. */
  original: { [name: string]: JsonValue };
  /** The reference after registry lookups. */
  resolvedUrl: string;
  /** The same as attributes. */
  resolved: { [name: string]: JsonValue };
  /** The source tree's path in the store. */
  path: string;
  /** The contents of flake.lock, or those it would have. */
  locks: { [name: string]: JsonValue };
  /** Seconds since 1970. */
  lastModified?: number;
  /** The commit, for a flake in a Git repository without uncommitted changes. */
  revision?: string;
  /** The commit with `-dirty` appended, if there are uncommitted changes. */
  dirtyRevision?: string;
  /** The number of ancestors of the revision. */
  revCount?: number;
  /** A hash of everything that evaluating the flake depends on; missing if an input is not locked. */
  fingerprint?: string;
}
