/** What the functions of the API take and answer. Plain data, but for signals and callbacks. */

/** A value as JSON has it. Numbers are JavaScript's: an integer of Nix beyond ±2^53 is rounded. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

/** The progress of a call; `type` is the kind of event. More types may be added: ignore unknown ones. */
export type BootflakeEvent = NoteEvent | WarningEvent | PlanEvent | StartEvent | AdvanceEvent | FinishEvent | BuildEvent | LogEvent;

/** A line for a person: what `trace` of a program says, or that a lock file was written. */
export interface NoteEvent {
  /** Which event it is. */
  type: 'note';
  /** Without a line break at its end. */
  message: string;
}

/** Something is not as it should be, and the call goes on. */
export interface WarningEvent {
  /** Which event it is. */
  type: 'warning';
  /** Without `warning:` before it. */
  message: string;
  /** Who warns: bootflake, or the evaluated program by `builtins.warn`. */
  source: 'bootflake' | 'evaluation';
}

/** What is to be built is known. Not sent where all of it is in the store. */
export interface PlanEvent {
  /** Which event it is. */
  type: 'plan';
  /** The paths of the derivations (`.drv`), inputs before those that need them. */
  toBuild: string[];
  /** Bytes to download, as far as that is known before. */
  downloadBytes: number;
  /** Bytes that what is downloaded takes when it is unpacked. */
  unpackedBytes: number;
}

/** A step that takes time begins. Its `finish` has the same `id`, whether it failed or not. */
export interface StartEvent {
  /** Which event it is. */
  type: 'start';
  /** Of this step among those that go on. */
  id: string;
  /** For a person: "fetching 'https://...'". */
  activity: string;
  /** What the bytes of its `advance` events sum up to, where that is known. */
  totalBytes?: number;
  /** The bytes come over the network. */
  download?: boolean;
}

/** A step has come further. */
export interface AdvanceEvent {
  /** Which event it is. */
  type: 'advance';
  /** The `id` of its `start`. */
  id: string;
  /** Since the last event of this step. */
  bytes: number;
}

/** A step has ended. */
export interface FinishEvent {
  /** Which event it is. */
  type: 'finish';
  /** The `id` of its `start`. */
  id: string;
}

/** The build of one derivation begins or ends. */
export interface BuildEvent {
  /** Which event it is. */
  type: 'build';
  /** What happened to it. */
  state: 'started' | 'finished' | 'failed';
  /** The derivation's path in the store. */
  drvPath: string;
  /** The derivation's name, without hash and `.drv`. */
  name: string;
}

/** One line that a builder prints. */
export interface LogEvent {
  /** Which event it is. */
  type: 'log';
  /** The path of the derivation that is built. */
  drvPath: string;
  /** The derivation's name, without hash and `.drv`. */
  name: string;
  /** Without its line break. */
  line: string;
}

/** What all calls of a {@link Bootflake} have in common, unless a call says otherwise. */
export interface CommonOptions {
  /** Ends the call; its promise rejects with the signal's reason. Defaults to none. */
  signal?: AbortSignal | undefined;
  /** Told of all that happens, in order. What it throws does not end the call, but is an uncaught exception of the program. */
  onProgress?: ((event: BootflakeEvent) => void) | undefined;
  /** Settings of nix.conf by their names (`extra-NAME` adds to what is set); stronger than nix.conf and NIX_CONFIG. Defaults to none. */
  settings?: Readonly<Record<string, string>> | undefined;
  /** Let evaluation see the environment, all files and the clock, as `--impure`. Defaults to `false`. */
  impure?: boolean | undefined;
  /** Ask no server; what is in the store and the caches must do. Defaults to `false`. */
  offline?: boolean | undefined;
  /** Ask servers again for what is not locked, however new their last answer is. Defaults to `false`. */
  refresh?: boolean | undefined;
  /**
   * Inputs by their paths (`nixpkgs`, `a/nixpkgs`) and the flake references that take their place; no lock file is written then. Defaults
   * to none.
   */
  overrideInputs?: Readonly<Record<string, string>> | undefined;
}

/** For {@link open}. */
export interface OpenOptions extends CommonOptions {
  /**
   * The folder that relative references, files and links start from. Defaults to the process's working folder, at the time of {@link open}.
   */
  cwd?: string | undefined;
  /**
   * The environment: it says where the store (BOOTFLAKE_ROOT, XDG_DATA_HOME), the caches (XDG_CACHE_HOME), state (XDG_STATE_HOME) and
   * nix.conf are, which mirrors and proxies are asked, where git and qemu are (PATH), and what impure evaluation sees. A copy is taken;
   * `process.env` is never written. Defaults to `process.env`.
   */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The address of Debian's archive to ask, as `--mirror`. Defaults to BOOTFLAKE_MIRROR, the host's apt sources, or Debian's own. */
  mirror?: string | undefined;
  /** The same for Debian's security archive, as `--security-mirror`. */
  securityMirror?: string | undefined;
}

/** For {@link Bootflake.build}. */
export interface BuildOptions extends CommonOptions {
  /**
   * Make links to what was built: `NAME` for the first installable, `NAME-1` and so on for the next, `-OUTPUT` added for outputs but `out`.
   * Links keep what they lead to from `bootflake store gc`; without them that is kept while the process lives. Defaults to no links.
   */
  outLink?: string | undefined;
  /** Build again what is in the store, and compare: `store/not-deterministic` where it differs. Defaults to `false`. */
  rebuild?: boolean | undefined;
  /** The number of parallel builders. Defaults to `max-jobs` of nix.conf, else to the host's cores. */
  maxJobs?: number | undefined;
}

/** What {@link Bootflake.build} made of one installable. */
export interface BuildResult {
  /** As it was asked for. */
  installable: string;
  /** The derivation's path in the store. */
  drvPath: string;
  /** Output name to store path, as expressions see it: `/nix/store/HASH-NAME`. */
  outputs: Record<string, string>;
  /** Output name to the file or folder on this machine that holds it. */
  files: Record<string, string>;
  /** Output name to the link that `outLink` asked for; empty without it. */
  links: Record<string, string>;
}

/** One installable of a {@link PlanResult}. */
export interface PlannedInstallable {
  /** As it was asked for. */
  installable: string;
  /** The derivation's path in the store. */
  drvPath: string;
  /** Output name to store path, which may be yet to be made. */
  outputs: Record<string, string>;
}

/** What {@link Bootflake.plan} answers. */
export interface PlanResult {
  /** In the order in which they were asked for. */
  installables: PlannedInstallable[];
  /** The paths of the derivations that would be built, inputs before those that need them. */
  toBuild: string[];
  /** Bytes that would be downloaded, as far as that is known before. */
  downloadBytes: number;
  /** Bytes that those take when they are unpacked. */
  unpackedBytes: number;
}

/** What to evaluate: one of an expression, a file, and an attribute of a flake. */
export type EvaluateRequest = EvaluateExpression | EvaluateFile | EvaluateInstallable;

/** An expression. Relative paths in it start from the folder of {@link open}. */
export interface EvaluateExpression {
  /** In Nix's language. */
  expr: string;
  /** The path of an attribute in its value. Defaults to all of the value. */
  attribute?: string | undefined;
  /** A function of Nix's language that is applied to what was found. Defaults to none. */
  apply?: string | undefined;
}

/** An expression in a file, which is evaluated impurely, as by Nix. */
export interface EvaluateFile {
  /** The file, or a folder with a `default.nix`; `<NAME>` is looked for in NIX_PATH. */
  file: string;
  /** The path of an attribute in its value. Defaults to all of the value. */
  attribute?: string | undefined;
  /** A function of Nix's language that is applied to what was found. Defaults to none. */
  apply?: string | undefined;
}

/** An attribute of a flake. */
export interface EvaluateInstallable {
  /** `FLAKE#ATTRIBUTE`. */
  installable: string;
  /** A function of Nix's language that is applied to the attribute's value. Defaults to none. */
  apply?: string | undefined;
}

/** For {@link Bootflake.run}. */
export interface RunOptions extends CommonOptions {
  /** A disk image, a folder that holds one, or an installable, whose image is built first. Defaults to `.`. */
  target?: string | undefined;
  /** The command that a shell runs in the machine. Afterwards the machine is powered off. */
  exec: string;
  /** What the command reads on its standard input. Defaults to nothing. Strings are UTF-8. */
  input?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** What the command writes to its standard output, in pieces. Defaults to dropping it. */
  onOutput?: ((bytes: Uint8Array) => void) | undefined;
  /** The same for its standard error. */
  onErrorOutput?: ((bytes: Uint8Array) => void) | undefined;
  /** Who logs in. Defaults to the image's first normal user. */
  user?: string | undefined;
  /** That user's password. Defaults to the empty one. */
  password?: string | undefined;
  /** Seconds for all of it. Defaults to no limit, but boot and login have their own. */
  timeoutSeconds?: number | undefined;
  /** Memory as qemu's `-m` takes it (`4G`, or a number of MiB). Defaults to 4G, or 2G on a host with less than 16 GB. */
  memory?: string | undefined;
  /** Processors. Defaults to 2, or the host's if fewer. */
  processors?: number | undefined;
  /** A file that keeps what the machine writes, made if it is missing. Defaults to none: its writes are dropped. */
  disk?: string | undefined;
  /** The size of the disk that the machine sees, as `20G`. Defaults to the image's. */
  diskSize?: string | undefined;
  /** TCP ports as `HOST:GUEST`. Defaults to none. */
  forwards?: readonly string[] | undefined;
  /** Defaults to `bios`. */
  firmware?: 'bios' | 'uefi' | undefined;
  /** Defaults to `auto`: the fastest that works. */
  accelerator?: 'auto' | 'kvm' | 'hvf' | 'tcg' | undefined;
  /** More arguments for qemu. Defaults to none. */
  qemuArguments?: readonly string[] | undefined;
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
  /** Look into `legacyPackages`, too. Defaults to `false`. */
  legacy?: boolean | undefined;
}

/** What {@link FlakeFunctions.metadata} answers; what `nix flake metadata --json` prints, under the same names. */
export interface FlakeMetadata {
  /** The flake's own `description`. */
  description?: string;
  /** The reference with all that pins it, as text. */
  url: string;
  /** The same as attributes. */
  locked: { [name: string]: JsonValue };
  /** The reference as it was given. */
  originalUrl: string;
  /** The same as attributes. */
  original: { [name: string]: JsonValue };
  /** The reference without names that a registry knows. */
  resolvedUrl: string;
  /** The same as attributes. */
  resolved: { [name: string]: JsonValue };
  /** The source tree's path in the store. */
  path: string;
  /** What flake.lock has, or would have. */
  locks: { [name: string]: JsonValue };
  /** Seconds since 1970. */
  lastModified?: number;
  /** The commit, of a flake in a repository of git without uncommitted changes. */
  revision?: string;
  /** The same with `-dirty` at its end where there are such changes. */
  dirtyRevision?: string;
  /** How many commits lead to the revision. */
  revCount?: number;
  /** What an evaluation of the flake can depend on, as a hash; missing where something is not locked. */
  fingerprint?: string;
}
