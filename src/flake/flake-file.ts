import type { FlakeRef } from './ref.ts';
import type { InputPath } from './lock-file.ts';

/** What flake.nix says of itself, without evaluating its outputs. */
export interface FlakeFile {
  description?: string;
  inputs: Map<string, FlakeInput>;
  /** `inputs.self.submodules`: its own tree has its submodules in it. */
  submodules: boolean;
}

export interface FlakeInput {
  /** undefined: the flake of the registry that has the input's name, or `follows` says. */
  ref?: FlakeRef;
  isFlake: boolean;
  /** From the root of the lock file. */
  follows?: InputPath;
  /** `inputs.x.inputs.y`: inputs of that input, given by us. */
  overrides: Map<string, FlakeInput>;
}

/** A flake that is fetched and whose flake.nix is read. */
export interface LoadedFlake {
  /** As it was asked for, after the registries, and pinned. */
  original: FlakeRef;
  resolved: FlakeRef;
  locked: FlakeRef;
  /** Logical path of the tree and of the folder with flake.nix. */
  storePath: string;
  folder: string;
  file: FlakeFile;
}
