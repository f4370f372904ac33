/**
 * Stores between which paths are copied: the user's own, and any other that can give or take a path. A variant is a file beside this one;
 * open-copy-store.ts finds the one of an address.
 */
import type { ValidPathInfo } from '../../store/store.ts';

/** The files of a path on the host while it is copied. */
export interface CopiedTree {
  place: string;
  /** Made for this copy, in the store's form, below the user's own store: it may be moved away, and is removed afterwards. */
  temporary: boolean;
}

export interface CopyStep {
  signal: AbortSignal;
  /** Called with the length of each piece that was transferred, out of those of `info.narSize` or of what is announced by `size`. */
  onBytes?: (count: number) => void;
}

interface CopyStore {
  /** For messages, without a password; undefined for the user's own store. */
  readonly uri: string | undefined;
  /** Ends threads and connections. */
  close(): Promise<void>;
}

/** A store that paths are copied from. What it says is untrusted. */
export interface CopySource extends CopyStore {
  /** Returns the facts of a path; undefined when it is not there. Many are called at once. */
  query(path: string, options: { signal: AbortSignal }): Promise<ValidPathInfo | undefined>;
  /** Every path. Throws `caches/not-listable` where a store cannot be listed. */
  allPaths(options: { signal: AbortSignal }): Promise<string[]>;
  /** Bytes that `withTree` transfers, if known. */
  transferSize(info: ValidPathInfo): number | undefined;
  /** Calls `use` with the path's files. What was made for this has the hash and the size of `info`, and its content address. */
  withTree(info: ValidPathInfo, step: CopyStep, use: (tree: CopiedTree) => Promise<void>): Promise<void>;
}

/** A store that paths are copied to. */
export interface CopyDestination extends CopyStore {
  /** What refers to a valid path's references need not be looked up: they are valid. */
  readonly isClosed: boolean;
  /** It takes only what is signed by a trusted key, or named by its contents. */
  readonly wantsSignatures: boolean;
  /** Called once, before the first path. */
  prepare(options: { signal: AbortSignal }): Promise<void>;
  /** Many are called at once. */
  isValid(path: string, options: { signal: AbortSignal }): Promise<boolean>;
  /** Adds a path whose references are valid. The files must have the hash that `info` says, else nothing is added. */
  add(info: ValidPathInfo, tree: CopiedTree, step: CopyStep): Promise<void>;
}
