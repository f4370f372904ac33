import type { BootflakeError } from '../base/errors.ts';
import type { FindTool } from '../jail/tools.ts';
import type { Derivation } from '../nix-format/derivation.ts';
import type { BuildSettings } from '../settings/build-settings.ts';
import type { LocalStore } from '../store/local-store.ts';
import type { ValidPathInfo } from '../store/store.ts';
import type { FileNode } from '../tree/file-tree.ts';
import type { ProgressEvent } from '../base/progress.ts';
import type { NetworkSettings } from '../system/network-settings.ts';

import type { ImageRecords } from '../store/image-records.ts';
import type { TreeRecords } from '../store/tree-records.ts';

export type { ProgressEvent } from '../base/progress.ts';

/** The context of a built-in builder. Logical paths begin with /nix/store; physical ones are real files. */
export interface BuildContext {
  drvPath: string;
  /** The derivation's attributes: the parsed `__json` of a structured derivation, else its environment. */
  attrs: Record<string, unknown>;
  /** Output name to logical store path. */
  outputs: Record<string, string>;
  /** Output name to the physical path that the builder must create; moved into place when the build is complete. */
  outputFiles: Record<string, string>;
  /**
   * Returns the physical path of a file of the inputs; symlinks on the way are followed, one at the end is not. Builders read their inputs
   * through `InputFiles`, which never lets the host's kernel follow a symlink. Throws `build/not-an-input` for everything else.
   */
  realPath(logical: string): string;
  /** Whether a store path is in the closure of the inputs. Defaults to all of them. */
  includes?(storePath: string): boolean;
  /** The error for a path of the inputs whose symlinks lead elsewhere. */
  notAnInput?(path: string, leadsTo: string): BootflakeError;
  /** The store's record of a path in the closure of the inputs. */
  pathInfo(path: string): ValidPathInfo;
  /** The runtime closure of such paths, sorted. */
  closure(paths: string[]): Promise<string[]>;
  log(line: string): void;
  progress(event: ProgressEvent): void;
  signal: AbortSignal;
  /** The network may not be used; caches may. */
  offline: boolean;
  /** Defaults to no settings. */
  network?: NetworkSettings | undefined;
  /** The number of cores that a builder may use. */
  cores: number;
  /** Images made before, whose bytes the next may take; absent when a result must not come from them. */
  images?: ImageRecords | undefined;
  /** What is in store paths that images were made of; absent where `images` is. */
  trees?: TreeRecords | undefined;
  /** What a builder process needs besides. Always given for one. */
  derivation?: DerivationContext;
}

/** A derivation whose builder is a process. */
export interface DerivationContext {
  drv: Derivation;
  store: LocalStore;
  settings: BuildSettings;
  /** All inputs and what they refer to, sorted. */
  inputs(): readonly string[];
  /** The derivation at a path of the store. */
  read(drvPath: string): Derivation;
  /** A new path for a folder, on the store's file system; removed after the build, whatever happens. */
  folder: string;
  /** Finds programs that PATH lacks. */
  findTool?: FindTool | undefined;
}

export interface BuiltOutput {
  /** If given: the output's references; the output is not scanned for hashes. */
  references?: string[];
  /** If given (computed while writing, SHA-256 of the NAR): the output is not read again. */
  narHash?: Uint8Array;
  narSize?: number;
  /** Modes are 0444/0555 and times are 1 s after the epoch already: the output is not walked again to set them. */
  canonical?: boolean;
  /** The tree exactly as written: it is hashed and scanned instead of the files. */
  tree?: FileNode;
}

export interface BuildResult {
  outputs: Record<string, BuiltOutput>;
}

/** What builds a derivation: `builtin:NAME`, which runs in our own process, or the program that the derivation names. */
export interface Builder {
  name: string;
  /** The limiting resource: more `network` builders run in parallel than there are cores. Defaults to `cpu`. */
  kind?: 'network' | 'cpu';
  run(context: BuildContext): Promise<BuildResult>;
}

export type BuiltinBuilder = Builder;
