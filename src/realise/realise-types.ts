/** The requests and results of a realisation; see realise.ts and plan.ts. */
import type { Hash } from '../nix-format/hash.ts';
import type { NetworkSettings } from '../system/network-settings.ts';
import type { BuiltinBuilder, ProgressEvent } from '../builders/builder.ts';
import type { LocalStore } from '../store/local-store.ts';
import type { FindTool } from '../jail/tools.ts';
import type { BuildSettings } from '../settings/build-settings.ts';
import type { BuildMachine } from '../settings/machines.ts';

/** `/nix/store/x.drv` (all outputs), `/nix/store/x.drv!out,dev`, or the two apart. */
export type RealiseRequest = string | { drvPath: string; outputs?: string[] };

/** A path that a binary cache has. */
export interface Substitute {
  cache: { uri: string };
  info: {
    /** The length of the NAR in bytes. */
    narSize: number;
    /** The length of the compressed file in bytes, if known. */
    fileSize?: number;
    /** May include the path itself. */
    references: readonly string[];
    /** Of the NAR, if known. */
    narHash?: Hash;
  };
}

/** The binary caches. */
export interface Substituter {
  /** Returns the caches that have a path which the settings allow to trust, in order of priority. */
  find(path: string, options: { signal: AbortSignal }): Promise<readonly Substitute[]>;
  /** Makes a path valid, whose references are valid, from the first candidate that serves it. Throws when none does. */
  substitute(store: LocalStore, path: string, candidates: readonly Substitute[], options: SubstituteOptions): Promise<void>;
}

export interface SubstituteOptions {
  signal: AbortSignal;
  onProgress: (event: ProgressEvent) => void;
  /** Replace the files of a valid path, which are damaged. */
  replace?: boolean;
}

export interface RealiseOptions {
  signal?: AbortSignal;
  /** How many downloads and unpackings run in parallel. Defaults to 8. */
  networkJobs?: number;
  /**
   * How many computing builders run in parallel. Defaults to the number of the host's cores. With 0, this host only builds what no other
   * machine can: what has a builder of bootflake's own.
   */
  cpuJobs?: number;
  /** Other machines that build. Defaults to none. */
  machines?: RemoteBuilds;
  /** How many paths are fetched from binary caches in parallel (`max-substitution-jobs`). Defaults to 16. */
  substitutionJobs?: number;
  /** Defaults to none: everything is built. */
  substituter?: Substituter;
  /** Paths to make valid besides the outputs of the requests. They can only be fetched. */
  paths?: readonly string[];
  /** Also look for derivations that say `allowSubstitutes = false` (`always-allow-substitutes`). */
  alwaysAllowSubstitutes?: boolean;
  /** Build what could not be fetched although a cache has it. */
  fallback?: boolean;
  /** After a failure, go on with what does not depend on it. */
  keepGoing?: boolean;
  /** Called with what will be done, unless that is nothing. */
  onPlan?: (plan: RealisePlan) => void;
  /** With `keepGoing`: called with each failure as it happens. */
  onFailure?: (error: unknown) => void;
  onFetch?: (event: FetchEvent) => void;
  /** Build the requested derivations a second time and compare: `store/not-deterministic`. */
  rebuild?: boolean;
  /** With `rebuild`: put what the second build makes in the place of these paths, which are damaged, and compare nothing. */
  repair?: ReadonlySet<string>;
  /** Builders may use their caches, but not the network. */
  offline?: boolean;
  network?: NetworkSettings;
  /** Settings of builder processes. Defaults to Nix's own. */
  build?: BuildSettings;
  /** Finds the programs that make a sandbox where PATH lacks them. */
  findTool?: FindTool;
  onProgress?: (event: ProgressEvent) => void;
  /** One call per line that a builder logs (-L prints them). */
  onLog?: (drvPath: string, line: string) => void;
  onBuild?: (event: BuildEvent) => void;
  /** `name` as in `builtin:name`; undefined when there is none of that name. Defaults to the product's own list. */
  findBuilder?: (name: string) => Promise<BuiltinBuilder | undefined>;
}

/** Other machines that build (`builders`), and how they are talked to. */
export interface RemoteBuilds {
  machines: readonly BuildMachine[];
  /** `builders-use-substitutes`. */
  useSubstitutes: boolean;
  env: NodeJS.ProcessEnv;
  /** Seconds for a connection, and of silence in all but builds. */
  connectTimeout: number;
  stalledAfter?: number | undefined;
  /** A machine cannot be used. */
  onWarning: (message: string) => void;
}

export interface BuildEvent {
  type: 'started' | 'finished' | 'failed';
  drvPath: string;
  name: string;
  /** The address of the machine that builds it, if that is another one. */
  machine?: string;
}

/** A path is fetched from a binary cache. */
export interface FetchEvent {
  type: 'started' | 'finished' | 'failed';
  path: string;
  /** The path's name, without its hash. */
  name: string;
}

export interface RealisedDerivation {
  drvPath: string;
  /** Output name to logical store path; the requested outputs. */
  outputs: Record<string, string>;
}

/** A derivation to build. */
export interface PlannedStep {
  drvPath: string;
  name: string;
  builder: string;
  /** Of its first output. */
  outPath: string;
  /** Bytes that it downloads, if known. */
  downloadBytes: number;
  /** The archive that it downloads from; '' when it downloads nothing. */
  source: string;
}

/** A path to fetch from a binary cache. */
export interface PlannedFetch {
  path: string;
  /** The path's name, without its hash. */
  name: string;
  /** The cache of the highest priority that has it. */
  cache: string;
  /** The length of the compressed file in bytes, if known. */
  downloadBytes: number;
  /** The length of the NAR in bytes. */
  narBytes: number;
}

export interface RealisePlan {
  /** Derivations that would be built, inputs first. */
  toBuild: PlannedStep[];
  /** Paths that would be fetched from binary caches, sorted. */
  toFetch: PlannedFetch[];
  /** Existing outputs of the requested derivations and of the inputs of those to build; of everything with `whole`. */
  valid: string[];
  /** Bytes to download, of what is to build and to fetch. */
  downloadBytes: number;
  /** Unpacked size of the downloads in bytes (Debian's Installed-Size, the length of a NAR). */
  unpackedBytes: number;
  /** Like unpackedBytes, with the existing outputs of the same derivations as `valid`. */
  installedSize: number;
  /** The requested outputs' paths, in the order of the requests. */
  outputs: RealisedDerivation[];
}
