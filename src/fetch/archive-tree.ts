import { FileSource, closeFileSources } from '../system/file-source.ts';
import { unpackArchive } from './archive/unpack.ts';
import type { FetchContext } from './fetcher.ts';

/** An unpacked archive in the store. */
export interface StoredArchive {
  storePath: string;
  narHash: string;
  /** Seconds since 1970; 0 when nothing in it has a time. */
  lastModified: number;
}

/** Unpacks an archive into the store; `what` names it in messages. Throws `flake/bad-archive`, `flake/archive-too-large`. */
export function storeArchive(archive: string, what: string, name: string, { store, settings, progress }: FetchContext): StoredArchive {
  progress({ type: 'start', id: archive, activity: `unpacking '${what}'` });
  try {
    let lastModified = 0;
    const storePath = store.addWrittenTree(name, (place) => {
      const unpacked = unpackArchive(FileSource.of(archive), what, place, settings.archiveLimits);
      lastModified = unpacked.lastModified;
      return unpacked.tree;
    });
    return { storePath, narHash: store.queryPathInfo(storePath)?.narHash as string, lastModified };
  } finally {
    closeFileSources();
    progress({ type: 'finish', id: archive });
  }
}
