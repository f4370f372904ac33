/** What a command says about flakes and their inputs; the same for all of them. Plain data: it crosses to the worker. */
export interface FlakeOptions {
  /** Input paths to the flake references that take their place. They imply that no lock file is written. */
  overrideInputs: Record<string, string>;
  updateInputs: string[];
  /** One of `updateInputs` that the flake does not have is an error. Defaults to a warning, as in Nix. */
  strictUpdates?: boolean;
  impure: boolean;
  /** Ask no server. */
  offline: boolean;
  /** Ask servers again for what is not locked, however new their last answer is. */
  refresh: boolean;
  writeLockFile: boolean;
  updateLockFile: boolean;
  recreateLockFile: boolean;
  /** Take Release files of Debian's archive that are past their Valid-Until. */
  acceptExpired: boolean;
  /** Take Release files that are older than those that are locked, or that this machine has seen. */
  acceptOlder?: boolean;
  /** Entries of `-I`, before those of NIX_PATH. */
  searchPath?: string[];
  /** Write no derivations into the store. */
  readOnly?: boolean;
  mirror?: string;
  securityMirror?: string;
  /** Who makes the images of nixpkgs' make-disk-image.nix: bootflake (`native`, unless told), or nixpkgs' own machine in a machine. */
  imageBuilder?: ImageBuilder;
  /** Settings of Nix by name, as nix.conf has them. */
  nixSettings: Record<string, string>;
  /** Flake references and what stands for them, before any registry. */
  overrideFlakes: [from: string, to: string][];
}

export const imageBuilders = ['native', 'nixpkgs'] as const;
export type ImageBuilder = (typeof imageBuilders)[number];

export interface EvaluationOptions {
  flake: FlakeOptions;
  /** What relative paths of references are relative to. */
  baseDir: string;
  storeRoot: string;
  cacheDir: string;
  /** As in `packages.SYSTEM`. */
  system: string;
}

export const defaultFlakeOptions: FlakeOptions = {
  overrideInputs: {},
  updateInputs: [],
  impure: false,
  offline: false,
  refresh: false,
  writeLockFile: true,
  updateLockFile: true,
  recreateLockFile: false,
  acceptExpired: false,
  nixSettings: {},
  overrideFlakes: [],
};
