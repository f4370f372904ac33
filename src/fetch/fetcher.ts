import type { ProgressEvent } from '../base/progress.ts';
import type { Store } from '../store/store.ts';
import type { DownloadResponse, DownloadRequest } from './download-service.ts';
import type { InputAttrs } from './scheme/scheme.ts';
import type { FetchSettings } from '../settings/fetch-settings.ts';

/** A source tree in the store. */
export interface FetchedTree {
  /** Logical: `/nix/store/...-source`. */
  storePath: string;
  /** The attributes that pin it, `narHash` among them. */
  attrs: InputAttrs;
  /** The folder that it was copied from, if any; errors point to it. */
  checkout?: Checkout;
}

export interface Checkout {
  folder: string;
  /** Only files tracked by git were copied. */
  git: boolean;
  /** A lock file may be written there. */
  writable: boolean;
}

/** A cache that persists between runs; kept/json-cache.ts implements it. */
export interface ResponseCache {
  find(key: string): unknown;
  remember(key: string, value: unknown): void;
  forget(key: string): void;
}

/** The services for fetchers. All of them are synchronous and block on the network. */
export interface FetchContext {
  store: Store;
  settings: FetchSettings;
  /** The servers' responses by request. */
  cache: ResponseCache;
  /** The folder of clones and partial downloads. */
  cacheDir: string;
  warn(message: string): void;
  download(request: DownloadRequest): DownloadResponse;
  /** For long work other than our downloads: git's downloads, unpacking. */
  progress(event: ProgressEvent): void;
  /** Pins a suite of Debian's archive; the previous lock must not be newer. */
  lockDebian(suite: string, previous?: InputAttrs): InputAttrs;
  /** Pins an apt repository, whose address and keys are in `wanted`; the previous lock must not be newer. */
  lockRepository(wanted: InputAttrs, previous?: InputAttrs): InputAttrs;
  offline: boolean;
  /** Query servers again, however recent the last response is. */
  refresh: boolean;
}

/** Fetches inputs of one type. `attrs` may be locked or not. */
export type Fetcher = (attrs: InputAttrs, context: FetchContext) => FetchedTree;
