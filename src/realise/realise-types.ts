/** The requests and results of a realisation; see realise.ts and plan.ts. */
import type { NetworkSettings } from '../system/network-settings.ts';
import type { BuiltinBuilder, ProgressEvent } from '../builders/builder.ts';
import type { FindTool } from '../jail/tools.ts';
import type { BuildSettings } from '../settings/build-settings.ts';

/** `/nix/store/x.drv` (all outputs), `/nix/store/x.drv!out,dev`, or the two apart. */
export type RealiseRequest = string | { drvPath: string; outputs?: string[] };

export interface RealiseOptions {
  signal?: AbortSignal;
  /** How many downloads and unpackings run in parallel. Defaults to 8. */
  networkJobs?: number;
  /** How many computing builders run in parallel. Defaults to the number of the host's cores. */
  cpuJobs?: number;
  /** Build the requested derivations a second time and compare: `store/not-deterministic`. */
  rebuild?: boolean;
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

export interface BuildEvent {
  type: 'started' | 'finished' | 'failed';
  drvPath: string;
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

export interface RealisePlan {
  /** Derivations that would be built, inputs first. */
  toBuild: PlannedStep[];
  /** Existing outputs of the requested derivations and of the inputs of those to build; of everything with `whole`. */
  valid: string[];
  /** Bytes to download, of what is to build. */
  downloadBytes: number;
  /** Unpacked size of the downloads in bytes (Debian's Installed-Size). */
  unpackedBytes: number;
  /** Like unpackedBytes, with the existing outputs of the same derivations as `valid`. */
  installedSize: number;
  /** The requested outputs' paths, in the order of the requests. */
  outputs: RealisedDerivation[];
}
