import type { FlakeRef } from './ref.ts';
import type { InputPath } from './lock-file.ts';

/** The contents of flake.nix apart from its outputs. */
export interface FlakeFile {
  description?: string;
  inputs: Map<string, FlakeInput>;
  /** `inputs.self.submodules`: its own tree includes its submodules. */
  submodules: boolean;
  /** The settings that it wants, in the order of their names. */
  nixConfig: NixConfigEntry[];
}

/** `path`: the logical path of a file or folder, whose copy in the store is the value. */
export interface NixConfigEntry {
  name: string;
  value: string | { path: string };
}

export interface FlakeInput {
  /** undefined for the registry's flake of the input's name, or with `follows`. */
  ref?: FlakeRef;
  isFlake: boolean;
  /** From the root of the lock file. */
  follows?: InputPath;
  /** `inputs.x.inputs.y`: inputs of that input, set by this flake. */
  overrides: Map<string, FlakeInput>;
}

/** A fetched flake with its flake.nix parsed. */
export interface LoadedFlake {
  /** As requested, after the registries, and pinned. */
  original: FlakeRef;
  resolved: FlakeRef;
  locked: FlakeRef;
  /** Logical path of the tree and of the folder with flake.nix. */
  storePath: string;
  folder: string;
  file: FlakeFile;
}
