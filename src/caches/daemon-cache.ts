/** A store behind a daemon of Nix, as a place to substitute from. */
import type { DaemonStore } from '../daemon/daemon-store.ts';
import { formatHash } from '../nix-format/hash.ts';
import type { NarInfo } from '../nix-format/narinfo.ts';
import { STORE_DIR } from '../nix-format/store-path.ts';
import type { ByteSink } from '../system/http.ts';
import type { BinaryCache, FetchOptions } from './binary-cache.ts';

export class DaemonCache implements BinaryCache {
  readonly uri: string;
  readonly storeDir = STORE_DIR;
  readonly priority: number;
  readonly wantMassQuery: boolean;
  readonly trusted: boolean;

  private constructor(private readonly store: DaemonStore) {
    const { uri, priority, wantMassQuery, trusted } = store.target;
    this.uri = uri;
    this.priority = priority;
    this.wantMassQuery = wantMassQuery;
    this.trusted = trusted;
  }

  /** Connects. Throws `daemon/...`. */
  static async open(store: DaemonStore, { signal }: { signal: AbortSignal }): Promise<DaemonCache> {
    await store.connect(signal);
    return new DaemonCache(store);
  }

  async query(storePath: string, { signal }: { signal: AbortSignal }): Promise<NarInfo | undefined> {
    const info = await this.store.queryPathInfo(storePath, signal);
    if (!info) return undefined;
    const { path, narHash, narSize, references, signatures, deriver, ca } = info;
    return {
      storePath: path,
      url: `nar/${formatHash(narHash, 'nix32')}.nar`,
      compression: 'none',
      narHash,
      narSize,
      references,
      signatures,
      ...(deriver !== undefined && { deriver }),
      ...(ca !== undefined && { ca }),
      unknown: [],
    };
  }

  async fetchNar({ storePath, narSize }: NarInfo, sink: ByteSink, { signal, onBytes }: FetchOptions): Promise<void> {
    const take = (piece: Uint8Array): void | Promise<void> => {
      onBytes?.(piece.length);
      return sink.write(piece);
    };
    await this.store.narFromPath(storePath, narSize, take, signal);
  }

  close(): void {
    this.store.close();
  }
}
