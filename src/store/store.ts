/**
 * The store as the rest of bootflake sees it: immutable trees under /nix/store, each whole or absent. Synchronous and cheap, as
 * the evaluator's worker and the main thread each open one of their own on the same folder. That the facts about valid paths lie in one
 * small file per path is hidden here, so that a database can take their place.
 */
import type { NarDigest } from '../nix-format/nar-writer.ts';
import type { FileNode } from '../tree/file-tree.ts';

/** What is known of a valid path. All paths are logical (`/nix/store/...`). */
export interface ValidPathInfo {
  path: string;
  /** SHA-256 of the path's NAR serialisation, as `sha256-BASE64`. */
  narHash: string;
  /** The NAR's length in bytes. */
  narSize: number;
  /** Sorted; may hold the path itself. */
  references: string[];
  deriver?: string;
  /** Set for content-addressed paths: `text:sha256:...`, `fixed:sha256:...`, `fixed:r:sha256:...`. */
  ca?: string;
}

/** What to put in the store: a tree in memory, or a file or tree of the host, by its physical path. */
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
  /** Of the source's archive, where it is known already: with `nar`, the source is read only if it has to be copied. */
  narDigest?: NarDigest;
  /** Told the tree before it is copied; not called when the path is valid already. */
  onCopy?: (tree: FileNode) => void;
}

export interface Store {
  /** Always `/nix/store`: paths are computed for it. */
  readonly storeDir: string;
  /** The folder that holds `nix/store` and `nix/var`. */
  readonly root: string;

  /**
   * `/nix/store/x-y/z` to the file that holds it, whether or not it exists. Throws `store/outside-store` for every other path, and for one
   * with "..", "." or an empty part. Symlinks below are the caller's to follow (logical-path.ts): the host's kernel would take them to its own files.
   */
  realPath(path: string): string;
  /** The store path a path lies in: `/nix/store/x-y/z` gives `/nix/store/x-y`; undefined outside of the store. */
  storePathOf(path: string): string | undefined;
  /** Takes a store path itself, not a path inside of one. */
  isValidPath(path: string): boolean;
  queryPathInfo(path: string): ValidPathInfo | undefined;
  /** The path's files must be whole and in place, its references valid (or itself). The commit point. */
  registerValidPath(info: ValidPathInfo): void;
  /** For sets of paths that refer to each other in any order. */
  registerValidPaths(infos: ValidPathInfo[]): void;

  /** Adds a text file as builtins.toFile and derivations do. Text is bytes, or a string that is written as UTF-8. Returns the store path. */
  addTextToStore(name: string, text: string | Uint8Array, references: string[]): string;
  /** The same of a derivation that was made by `derivation`, so that its output paths are right. Others must not come this way. */
  addDerivation(name: string, aterm: Uint8Array, references: string[]): string;
  /** Adds a source. Returns its store path, whose info is then known. */
  addToStore(name: string, source: StoreSource, options: AddToStoreOptions): string;
  /**
   * Adds a source tree too large for memory: `write` makes it, as the store keeps trees (modes 0444 and 0555, times 1 s after the epoch), at the
   * path that it is given, and returns that path or the one below it where the tree is. Returns the store path, whose info is then known.
   */
  addWrittenTree(name: string, write: (place: string) => string): string;

  /** Everything reachable by references from valid paths, themselves included, sorted. Throws `store/invalid-path`. */
  computeClosure(paths: string[]): string[];
  /** Makes `linkPath` (a result link of the user's) a symlink to `target`'s physical place and a root of the garbage collector. Replaces a symlink that is there; anything else is `store/link-exists`. */
  addIndirectRoot(linkPath: string, target: string): void;
  /** Checks that every valid path exists, and with `contents` that its NAR hash is as registered. */
  verify(options: { contents: boolean; onPath?: (path: string) => void }): StoreProblem[];
}

export interface StoreProblem {
  path: string;
  code: 'missing' | 'modified' | 'reference-missing' | 'record-damaged';
  message: string;
}
