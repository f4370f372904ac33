import { JsonCache } from '../kept/json-cache.ts';

/** What a Release file says of a package index. In bytes. */
export interface IndexSizes {
  packed: number;
  /** Returns undefined when the Release does not list the file unpacked. */
  unpacked?: number | undefined;
}

/** Sizes of the indexes that Release files named, by their SHA-256: a lock has their hashes alone. */
export class KnownIndexSizes {
  private readonly cache: JsonCache;

  /** `folder`: the cache's own for the archive. */
  constructor(folder: string) {
    this.cache = new JsonCache(`${folder}/sizes`, { name: 'index sizes', schema: 1 }, 500);
  }

  find(sha256: string): IndexSizes | undefined {
    return this.cache.find(sha256) as IndexSizes | undefined;
  }

  remember(sha256: string, sizes: IndexSizes): void {
    this.cache.remember(sha256, sizes);
  }
}
