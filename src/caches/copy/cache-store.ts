/** Binary caches, as stores to copy from and to. */
import { sri } from '../../nix-format/hash.ts';
import { MOST_NARINFO, parseNarInfo, type NarInfo } from '../../nix-format/narinfo.ts';
import type { SecretKey } from '../../nix-format/signature.ts';
import type { LocalStore } from '../../store/local-store.ts';
import type { ValidPathInfo } from '../../store/store.ts';
import { explainStoreError } from '../../store/system-errors.ts';
import type { BinaryCache, CacheFiles, WritableFiles } from '../binary-cache.ts';
import { cacheError } from '../errors.ts';
import type { Packer } from '../push/packers.ts';
import { narInfoName, prepareCache, pushTree } from '../push/push-path.ts';
import { refusal } from '../trust.ts';
import type { NarPool } from '../unpack/nar-pool.ts';
import type { CopiedTree, CopyDestination, CopySource, CopyStep } from './copy-store.ts';

export class CacheSource implements CopySource {
  readonly uri: string;
  private readonly infos = new Map<string, NarInfo>();

  /** `files`: what a cache consists of, if it can be listed. `store`: in its temporary folder trees are unpacked. */
  constructor(
    private readonly cache: BinaryCache,
    private readonly files: CacheFiles | undefined,
    private readonly pool: NarPool,
    private readonly store: LocalStore,
  ) {
    this.uri = cache.uri;
  }

  async query(path: string, options: { signal: AbortSignal }): Promise<ValidPathInfo | undefined> {
    const info = await this.cache.query(path, options);
    if (!info) return undefined;
    const reason = refusal(undefined, this.cache, path, info);
    if (reason !== undefined) throw cacheError('bad-facts', `what '${this.uri}' says of '${path}' cannot be used: ${reason}`);
    this.infos.set(path, info);
    const { narHash, narSize, references, deriver, ca, signatures } = info;
    return { path, narHash: sri(narHash.bytes), narSize, references, deriver, ca, ...(signatures.length > 0 && { signatures }) };
  }

  async allPaths({ signal }: { signal: AbortSignal }): Promise<string[]> {
    const names = await this.files?.list?.();
    if (!names) throw cacheError('not-listable', `the binary cache '${this.uri}' cannot be listed`, { hint: 'Name the paths to copy.' });
    const paths: string[] = [];
    for (const name of names.filter((one) => /^[0-9a-z]{32}\.narinfo$/.test(one))) {
      const bytes = await this.files!.read(name, { most: MOST_NARINFO, signal });
      if (bytes) paths.push(parseNarInfo(new TextDecoder().decode(bytes), `${this.uri}/${name}`).storePath);
    }
    return paths.sort();
  }

  transferSize({ path }: ValidPathInfo): number | undefined {
    return this.infos.get(path)?.fileSize;
  }

  async withTree({ path }: ValidPathInfo, { signal, onBytes }: CopyStep, use: (tree: CopiedTree) => Promise<void>): Promise<void> {
    const info = this.infos.get(path);
    if (!info) throw new Error(`'${path}' is copied before its facts are known`);
    const { compression, narHash, narSize, fileHash, fileSize, references } = info;
    const ca = references.includes(path) ? undefined : info.ca;
    const { temporary, root } = this.store;
    const place = temporary.newPath('-copy');
    try {
      await this.pool.unpack({ place, compression, narHash, narSize, fileHash, fileSize, ca }, signal, (sink, stop) =>
        this.cache.fetchNar(info, sink, { signal: stop, ...(onBytes && { onBytes }) }),
      );
      await use({ place, temporary: true });
    } catch (error) {
      throw explainStoreError(error, root);
    } finally {
      temporary.discard(place);
    }
  }

  async close(): Promise<void> {
    this.cache.close?.();
    await this.pool.close();
  }
}

export interface CacheDestinationOptions {
  uri: string;
  files: WritableFiles;
  packer: Packer;
  secretKeys: readonly SecretKey[];
  writeNarListing: boolean;
  /** In its temporary folder archives are packed. */
  store: LocalStore;
}

export class CacheDestination implements CopyDestination {
  readonly isClosed = false;
  readonly wantsSignatures = false;

  constructor(private readonly options: CacheDestinationOptions) {}

  get uri(): string {
    return this.options.uri;
  }

  async prepare(options: { signal: AbortSignal }): Promise<void> {
    await prepareCache(this.options.files, options);
  }

  async isValid(path: string, options: { signal: AbortSignal }): Promise<boolean> {
    return this.options.files.has(narInfoName(path), options);
  }

  async add(info: ValidPathInfo, { place }: CopiedTree, { signal, onBytes }: CopyStep): Promise<void> {
    const { files, packer, secretKeys, writeNarListing, store } = this.options;
    try {
      await pushTree(store.temporary, files, info, place, { packer, secretKeys, writeNarListing, signal, ...(onBytes && { onBytes }) });
    } catch (error) {
      throw explainStoreError(error, store.root);
    }
  }

  async close(): Promise<void> {
    await this.options.packer.close();
  }
}
