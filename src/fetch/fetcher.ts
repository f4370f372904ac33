import type { ProgressEvent } from '../base/progress.ts';
import type { Store } from '../store/store.ts';
import type { DownloadAnswer, DownloadRequest } from './download-service.ts';
import type { InputAttrs } from './scheme/scheme.ts';
import type { FetchSettings } from '../settings/fetch-settings.ts';

/** A source tree in the store. */
export interface FetchedTree {
  /** Logical: `/nix/store/...-source`. */
  storePath: string;
  /** The attributes that pin it, `narHash` among them. */
  attrs: InputAttrs;
  /** The folder that it was copied from, if any: errors point to it. */
  checkout?: Checkout;
}

export interface Checkout {
  folder: string;
  /** Only what git tracks was copied. */
  git: boolean;
  /** A lock file may be written there. */
  writable: boolean;
}

/** What is kept between runs; kept/json-cache.ts has it. */
export interface AnswerCache {
  find(key: string): unknown;
  remember(key: string, value: unknown): void;
  forget(key: string): void;
}

/** What fetchers are given. All of it is synchronous; the network is waited for. */
export interface FetchContext {
  store: Store;
  settings: FetchSettings;
  /** What servers answered, by what was asked. */
  cache: AnswerCache;
  /** Where clones and files on their way lie. */
  cacheDir: string;
  warn(message: string): void;
  download(request: DownloadRequest): DownloadAnswer;
  /** For what takes its time without a download of ours: git's, unpacking. */
  progress(event: ProgressEvent): void;
  /** Pins a suite of Debian's archive anew; what was locked before must not be newer. */
  lockDebian(suite: string, previous?: InputAttrs): InputAttrs;
  offline: boolean;
  /** Ask again, however new the last answer is. */
  refresh: boolean;
}

/** Fetches inputs of one type. `attrs` may be locked or not. */
export type Fetcher = (attrs: InputAttrs, context: FetchContext) => FetchedTree;
