import type { SettingEntry } from './nix-conf.ts';

/** The options about flakes and their inputs, shared by all commands. Plain data, passed to the worker. */
export interface FlakeOptions {
  /** Maps input paths to the flake references that replace them. If any, no lock file is written. */
  overrideInputs: Record<string, string>;
  updateInputs: string[];
  /** An unknown input in `updateInputs` is an error. Defaults to a warning, as in Nix. */
  strictUpdates?: boolean;
  impure: boolean;
  /** Do not use the network. */
  offline: boolean;
  /** Query servers again for what is not locked, however recent their last response is. */
  refresh: boolean;
  writeLockFile: boolean;
  updateLockFile: boolean;
  recreateLockFile: boolean;
  /** Accept Release files of Debian's archive past their Valid-Until. */
  acceptExpired: boolean;
  /** Accept Release files older than the locked ones, or than those seen by this machine. */
  acceptOlder?: boolean;
  /** Entries of `-I`, before those of NIX_PATH. */
  searchPath?: string[];
  /** Write no derivations into the store. */
  readOnly?: boolean;
  mirror?: string;
  securityMirror?: string;
  /** What makes the images of nixpkgs' make-disk-image.nix: bootflake (`native`, the default), or nixpkgs' own virtual machine. */
  imageBuilder?: ImageBuilder;
  /** Tests that nixpkgs makes have bootflake's driver, for `bootflake test`. Defaults to no. */
  nativeTests?: boolean;
  /** Nix's settings by name, as in nix.conf. */
  nixSettings: Record<string, string>;
  /** The accepted settings of the flakes opened so far, which come after all others. A session adds to them. */
  flakeSettings?: SettingEntry[];
  /** Flake references and their replacements, before any registry. */
  overrideFlakes: [from: string, to: string][];
}

export const imageBuilders = ['native', 'nixpkgs'] as const;
export type ImageBuilder = (typeof imageBuilders)[number];

export interface EvaluationOptions {
  flake: FlakeOptions;
  /** The base of relative paths in references. */
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
