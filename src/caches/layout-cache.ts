/**
 * A cache of the usual layout: `nix-cache-info`, `HASH.narinfo` for each path, and the archives that those name. The records of
 * paths are kept between runs.
 */
import { hidePasswords } from '../base/hide-passwords.ts';
import { MOST_CACHE_INFO, parseNixCacheInfo, type NixCacheInfo } from '../nix-format/nix-cache-info.ts';
import { MOST_NARINFO, parseNarInfo, type NarInfo } from '../nix-format/narinfo.ts';
import { parseStorePath, STORE_DIR } from '../nix-format/store-path.ts';
import type { ByteSink } from '../system/http.ts';
import { isCacheFileName, type BinaryCache, type CacheFiles, type FetchOptions } from './binary-cache.ts';
import type { CacheUri } from './cache-uri.ts';
import { cacheError } from './errors.ts';
import type { KeptNarInfos } from './kept-narinfos.ts';

/** Nix's, for a cache that names none. */
const DEFAULT_PRIORITY = 50;
/** What compressing may add: no method makes more of random bytes. */
const MOST_OVERHEAD = 1 << 20;

/** Runs a request when there is a place for it. */
export type TakeTurn = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

export interface OpenCacheOptions {
  uri: CacheUri;
  files: CacheFiles;
  /** The records of earlier runs; undefined for a cache in a folder. */
  kept: KeptNarInfos | undefined;
  takeTurn: TakeTurn;
  signal: AbortSignal;
}

export class LayoutCache implements BinaryCache {
  readonly uri: string;
  readonly storeDir: string;
  readonly priority: number;
  readonly wantMassQuery: boolean;
  readonly trusted: boolean;

  private constructor(
    { base, parameters }: CacheUri,
    info: NixCacheInfo,
    private readonly files: CacheFiles,
    private readonly kept: KeptNarInfos | undefined,
    private readonly takeTurn: TakeTurn,
  ) {
    this.uri = hidePasswords(base);
    this.storeDir = info.storeDir;
    const priority = parameters.get('priority') ?? '';
    this.priority = /^-?[0-9]{1,9}$/.test(priority) ? Number(priority) : (info.priority ?? DEFAULT_PRIORITY);
    this.wantMassQuery = flag(parameters.get('want-mass-query')) ?? info.wantMassQuery ?? false;
    this.trusted = flag(parameters.get('trusted')) ?? false;
  }

  /** Reads nix-cache-info. Throws `caches/not-a-cache`, `caches/other-store` and `network/...`. */
  static async open({ uri, files, kept, takeTurn, signal }: OpenCacheOptions): Promise<LayoutCache> {
    const text = kept?.cacheInfo() ?? (await takeTurn(signal, () => readText(files, 'nix-cache-info', MOST_CACHE_INFO, signal)));
    if (text === undefined) throw cacheError('not-a-cache', `'${uri.base}' does not appear to be a binary cache: it has no nix-cache-info`);
    const info = parseNixCacheInfo(text);
    if (info.storeDir !== STORE_DIR)
      throw cacheError(
        'other-store',
        `the binary cache '${uri.base}' is for Nix stores with prefix '${info.storeDir}', not '${STORE_DIR}'`,
      );
    kept?.rememberCacheInfo(text);
    return new LayoutCache(uri, info, files, kept, takeTurn);
  }

  async query(storePath: string, { signal }: { signal: AbortSignal }): Promise<NarInfo | undefined> {
    const hash = parseStorePath(storePath)?.hash;
    if (hash === undefined) return undefined;
    const whence = `${this.uri}/${hash}.narinfo`;
    const known = this.kept?.find(hash);
    if (known) return known.text === undefined ? undefined : parseNarInfo(known.text, whence);
    const text = await this.takeTurn(signal, () => readText(this.files, `${hash}.narinfo`, MOST_NARINFO, signal));
    const info = text === undefined ? undefined : parseNarInfo(text, whence);
    this.kept?.remember(hash, text);
    return info;
  }

  async fetchNar(info: NarInfo, sink: ByteSink, options: FetchOptions): Promise<void> {
    if (!isCacheFileName(info.url)) throw cacheError('bad-url', `the archive's place in '${this.uri}' is not allowed: '${info.url}'`);
    const most = info.fileSize ?? info.narSize + Math.ceil(info.narSize / 8) + MOST_OVERHEAD;
    await this.files.stream(info.url, sink, { ...options, most });
  }

  /** Drops the record of a path, so that the next run requests it again. */
  forget(storePath: string): void {
    const hash = parseStorePath(storePath)?.hash;
    if (hash !== undefined) this.kept?.forget(hash);
  }
}

/** Text is bytes in UTF-8; what is not becomes U+FFFD, which no field allows. */
async function readText(files: CacheFiles, name: string, most: number, signal: AbortSignal): Promise<string | undefined> {
  const bytes = await files.read(name, { most, signal });
  return bytes && new TextDecoder().decode(bytes);
}

function flag(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : ['true', 'yes', '1'].includes(text);
}
