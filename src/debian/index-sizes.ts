import { JsonCache } from '../kept/json-cache.ts';

/** The sizes of a package index in a Release file, in bytes. */
export interface IndexSizes {
  packed: number;
  /** undefined when the Release does not list the unpacked file. */
  unpacked?: number | undefined;
}

/** Sizes of the indexes named in Release files, by SHA-256: a lock has only their hashes. */
export class KnownIndexSizes {
  private readonly cache: JsonCache;

  /** `folder`: the cache folder of the archive. */
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
