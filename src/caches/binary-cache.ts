/**
 * A binary cache: what it has of store paths, and their archives. Everything that it says is untrusted; trust.ts decides what counts.
 */
import type { NarInfo } from '../nix-format/narinfo.ts';
import type { ByteSink } from '../system/http.ts';

export interface FetchOptions {
  signal: AbortSignal;
  /** Called with the length of each piece that came. */
  onBytes?: (count: number) => void;
}

export interface BinaryCache {
  /** As in the settings, without its parameters and a password; for messages. */
  readonly uri: string;
  /** The store that its paths are for. */
  readonly storeDir: string;
  /** The lowest comes first. */
  readonly priority: number;
  readonly wantMassQuery: boolean;
  /** Its paths need no signature. */
  readonly trusted: boolean;
  /** Asks for the facts of a path; undefined when it is not there. Throws `nix-format/bad-narinfo`, `network/...` and `daemon/...`. */
  query(storePath: string, options: { signal: AbortSignal }): Promise<NarInfo | undefined>;
  /** Passes the packed archive to the sink. Throws `network/...`, `daemon/...`, and the sink's errors. */
  fetchNar(info: NarInfo, sink: ByteSink, options: FetchOptions): Promise<void>;
  /** Ends its connections, if it has any of its own. */
  close?(): void;
}

/** A path in a cache that can be had: its facts are acceptable. */
export interface Substitute {
  cache: BinaryCache;
  info: NarInfo;
}

/** The files of a cache, wherever they are. Names are relative, with `/` between their parts, and checked by `isCacheFileName`. */
export interface CacheFiles {
  /** Whether a file costs a request over the network. */
  readonly remote: boolean;
  /** Reads a file of at most `most` bytes; undefined when there is none. */
  read(name: string, options: { most: number; signal: AbortSignal }): Promise<Uint8Array | undefined>;
  /** Passes a file of at most `most` bytes to the sink. */
  stream(name: string, sink: ByteSink, options: FetchOptions & { most: number }): Promise<void>;
  /** The names at the top, where they can be listed. */
  list?(): Promise<string[]>;
}

/** The bytes of a file to write: in memory, or in a file of the host, which does not change any more and may get further names. */
export type FileBody = { bytes: Uint8Array } | { path: string; size: number };

/** The files of a cache that can be written. */
export interface WritableFiles extends CacheFiles {
  has(name: string, options: { signal: AbortSignal }): Promise<boolean>;
  /** Replaces a file. */
  write(name: string, body: FileBody, options: { type: string; signal: AbortSignal }): Promise<void>;
  /** Removes what killed processes have left half written. */
  sweep?(): Promise<void>;
}

/** The maximum length of a file's name within a cache. */
const MOST_NAME = 1024;

/** Returns whether a name that a cache gave stays within it: no `..`, no empty part, nothing but plain characters, a query at most. */
export function isCacheFileName(name: string): boolean {
  if (name.length > MOST_NAME || !/^[0-9A-Za-z_][0-9A-Za-z_.+~=/-]*(?:\?[0-9A-Za-z_.+~=/&-]*)?$/.test(name)) return false;
  const [path = ''] = name.split('?');
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
