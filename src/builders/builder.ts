import type { BootflakeError } from '../base/errors.ts';
import type { ValidPathInfo } from '../store/store.ts';
import type { FileNode } from '../tree/file-tree.ts';

import type { ProgressEvent } from '../base/progress.ts';
import type { NetworkSettings } from '../system/network-settings.ts';

export type { ProgressEvent } from '../base/progress.ts';

/** What a built-in builder is given. Logical paths begin with /nix/store; physical ones are real files. */
export interface BuildContext {
  drvPath: string;
  /** The derivation's attributes: the parsed `__json` of a structured derivation, else its environment. */
  attrs: Record<string, unknown>;
  /** Output name to logical store path. */
  outputs: Record<string, string>;
  /** Output name to the physical path that the builder must create; moved into place when the build is whole. */
  outputFiles: Record<string, string>;
  /**
   * The physical path of a file of the inputs; symlinks on the way to it are followed, one at its end is not. Builders read their inputs
   * through `InputFiles`, which never has the host's kernel follow a link. Throws `build/not-an-input` for everything else.
   */
  realPath(logical: string): string;
  /** Whether a store path is among the inputs and what they refer to; each is unless this is given. */
  includes?(storePath: string): boolean;
  /** The error for a path of the inputs whose symlinks lead elsewhere. */
  notAnInput?(path: string, leadsTo: string): BootflakeError;
  /** What the store knows of an input, or of what an input refers to. */
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
  /** How many cores a builder may keep busy. */
  cores: number;
}

export interface BuiltOutput {
  /** Given: the output's references, and it is not scanned for hashes. */
  references?: string[];
  /** Given (computed while writing, SHA-256 of the NAR): the output is not read again. */
  narHash?: Uint8Array;
  narSize?: number;
  /** Modes are 0444/0555, times are 1 s after the epoch already: the output is not walked again to make them so. */
  canonical?: boolean;
  /** The tree exactly as it was written: it is hashed and scanned in place of the files. */
  tree?: FileNode;
}

export interface BuildResult {
  outputs: Record<string, BuiltOutput>;
}

/** A builder `builtin:NAME`, run in our own process, for derivations whose system is `builtin`. */
export interface BuiltinBuilder {
  name: string;
  /** What it spends its time on: `network` builders run more at once than there are cores. `cpu` unless told. */
  kind?: 'network' | 'cpu';
  run(context: BuildContext): Promise<BuildResult>;
}
