import { fileFacts, readSymlink, type FileFacts } from '../io/file-operations.ts';
import { STORE_DIR } from '../nix-format/store-path.ts';
import type { Store } from './store.ts';

/** As many links as Linux follows. */
const maxLinks = 40;

export interface ResolvedPath {
  /** Logical, without any symlink. */
  path: string;
  facts: FileFacts;
}

/**
 * Follows the symlinks of a logical path as the machine that is built will: links to `/nix/store/...` lead to other store paths.
 * undefined for what does not exist and for what leads out of the store, which only that machine has.
 */
export function resolveInStore(store: Pick<Store, 'realPath'>, path: string): ResolvedPath | undefined {
  let rest = segments(path);
  let at = '';
  let facts: FileFacts | undefined;
  for (let links = 0; rest.length > 0;) {
    const name = rest.shift()!;
    if (name === '..') {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      continue;
    }
    const next = `${at}/${name}`;
    if (next.length <= STORE_DIR.length) {
      if (next !== STORE_DIR && !STORE_DIR.startsWith(`${next}/`)) return undefined;
      at = next;
      continue;
    }
    facts = next.startsWith(`${STORE_DIR}/`) ? fileFacts(store.realPath(next)) : undefined;
    if (facts === undefined) return undefined;
    if (facts.type !== 'symlink') {
      at = next;
      continue;
    }
    if (++links > maxLinks) return undefined;
    const target = readSymlink(store.realPath(next));
    rest = [...segments(target), ...rest];
    if (target.startsWith('/')) at = '';
  }
  facts = at.startsWith(`${STORE_DIR}/`) ? fileFacts(store.realPath(at)) : undefined;
  return facts && { path: at, facts };
}

function segments(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}
