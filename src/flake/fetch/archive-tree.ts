import { readFileSync } from 'node:fs';
import { unpackArchive } from '../archive/unpack.ts';
import type { FetchContext } from './fetcher.ts';

/** An unpacked archive in the store. */
export interface StoredArchive {
  storePath: string;
  narHash: string;
  /** Seconds since 1970; 0 when nothing in it has a time. */
  lastModified: number;
}

/** Unpacks an archive into the store; `what` names it in messages. Throws `flake/bad-archive`. */
export function storeArchive(archive: string, what: string, name: string, { store, progress }: FetchContext): StoredArchive {
  progress({ type: 'start', id: archive, activity: `unpacking '${what}'` });
  try {
    const { tree, lastModified } = unpackArchive(readFileSync(archive), what);
    const storePath = store.addToStore(name, tree, { method: 'nar' });
    return { storePath, narHash: store.queryPathInfo(storePath)?.narHash as string, lastModified };
  } finally {
    progress({ type: 'finish', id: archive });
  }
}
