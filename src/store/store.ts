/**
 * The store as the rest of bootflake sees it: immutable trees under /nix/store, each complete or absent. Synchronous and cheap to open: the
 * evaluator's worker and the main thread each open their own on the same folder. The facts about valid paths are in one small file per
 * path, which the interface hides, so that a database can replace them.
 */
import type { NarDigest } from '../nix-format/nar-writer.ts';
import type { FileNode } from '../tree/file-tree.ts';

/** The record of a valid path. All paths are logical (`/nix/store/...`). */
export interface ValidPathInfo {
  path: string;
  /** SHA-256 of the path's NAR serialisation, as `sha256-BASE64`. */
  narHash: string;
  /** The NAR's length in bytes. */
  narSize: number;
  /** Sorted; may include the path itself. */
  references: string[];
  deriver?: string;
  /** Set for content-addressed paths: `text:sha256:...`, `fixed:sha256:...`, `fixed:r:sha256:...`. */
  ca?: string;
  /** `KEY:BASE64` each, as a binary cache has them. Records of earlier versions have none. */
  signatures?: string[];
  /** The path was built here, so that no signature is needed to trust it. */
  ultimate?: boolean;
}

/** A source to add to the store: a tree in memory, or a file or tree of the host by its physical path. */
export type StoreSource =
  | FileNode
  | { physicalPath: string; filter?: (path: string, type: 'directory' | 'regular' | 'symlink' | 'unknown') => boolean };

export interface AddToStoreOptions {
  /** `nar`: hash of the NAR serialisation (recursive); `flat`: hash of a regular file's bytes. */
  method: 'nar' | 'flat';
  /** Logical paths. Defaults to none. */
  references?: string[];
  /** A hash the source must have, as `sha256-BASE64`: else `store/hash-mismatch`. */
  expectedHash?: string;
  /** The hash of the source's NAR, if known: with `nar`, the source is then read only to be copied. */
  narDigest?: NarDigest;
  /** Called with the tree before it is copied; not called when the path is valid already. */
  onCopy?: (tree: FileNode) => void;
}

export interface Store {
  /** Always `/nix/store`: paths are computed for it. */
  readonly storeDir: string;
  /** The folder that holds `nix/store` and `nix/var`. */
  readonly root: string;

  /**
   * Maps `/nix/store/x-y/z` to its physical path, whether or not it exists. Throws `store/outside-store` for every other path, and for one
   * with "..", "." or an empty part. The caller must follow symlinks itself (logical-path.ts): the kernel would follow them into the host's
   * own files.
   */
  realPath(path: string): string;
  /** The store path that contains a path: `/nix/store/x-y` for `/nix/store/x-y/z`; undefined outside the store. */
  storePathOf(path: string): string | undefined;
  /** Takes a store path itself, not a path inside one. */
  isValidPath(path: string): boolean;
  queryPathInfo(path: string): ValidPathInfo | undefined;
  /** The path's files must be complete and in place, its references valid (or itself). The commit point. */
  registerValidPath(info: ValidPathInfo): void;
  /** For sets of paths that refer to each other in any order. */
  registerValidPaths(infos: ValidPathInfo[]): void;

  /**
   * Adds a text file as builtins.toFile and derivations do. Text is bytes, or a string that is written as UTF-8. Returns the store path.
   */
  addTextToStore(name: string, text: string | Uint8Array, references: string[]): string;
  /** The same for a derivation made by `derivation`, whose output paths are known to be right. Not for any other file. */
  addDerivation(name: string, aterm: Uint8Array, references: string[]): string;
  /** Adds a source. Returns its store path, whose info is then known. */
  addToStore(name: string, source: StoreSource, options: AddToStoreOptions): string;
  /**
   * Adds a source tree too large for memory: `write` makes it in the store's form (modes 0444 and 0555, times 1 s after the epoch) at the
   * given path, and returns that path or the one below it that holds the tree. Returns the store path, whose info is then known.
   */
  addWrittenTree(name: string, write: (place: string) => string): string;

  /** Everything reachable by references from valid paths, themselves included, sorted. Throws `store/invalid-path`. */
  computeClosure(paths: string[]): string[];
  /**
   * Makes `linkPath` (the user's result link) a symlink to the physical path of `target` and a garbage collector root. Replaces an existing
   * symlink; throws `store/link-exists` for anything else.
   */
  addIndirectRoot(linkPath: string, target: string): void;
  /** Checks that every valid path exists, and with `contents` that its NAR hash is as registered. */
  verify(options: VerifyOptions): StoreProblem[];
}

export interface VerifyOptions {
  /** Hash every path. */
  contents: boolean;
  /** Only these paths. Defaults to all. */
  paths?: readonly string[] | undefined;
  onPath?: (path: string) => void;
}

export interface StoreProblem {
  path: string;
  code: 'missing' | 'modified' | 'reference-missing' | 'record-damaged';
  /** With `reference-missing`: the reference. */
  missing?: string;
  message: string;
}
