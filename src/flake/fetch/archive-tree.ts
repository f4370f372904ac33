import { readFileSync } from 'node:fs';
import type { Store } from '../../store/store.ts';
import { unpackArchive } from '../archive/unpack.ts';

/** An unpacked archive in the store. */
export interface StoredArchive {
  storePath: string;
  narHash: string;
  /** Seconds since 1970; 0 when nothing in it has a time. */
  lastModified: number;
}

/** Unpacks an archive into the store; `what` names it in messages. Throws `flake/bad-archive`. */
export function storeArchive(archive: string, what: string, name: string, store: Store): StoredArchive {
  const { tree, lastModified } = unpackArchive(readFileSync(archive), what);
  const storePath = store.addToStore(name, tree, { method: 'nar' });
  return { storePath, narHash: store.queryPathInfo(storePath)?.narHash as string, lastModified };
}
