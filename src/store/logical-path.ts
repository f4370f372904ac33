import { fileFacts, readSymlink, type FileFacts } from '../system/file-operations.ts';
import { STORE_DIR } from '../nix-format/store-path.ts';

/** As many links as Linux follows. */
const maxLinks = 40;

/** The visible part of a store. */
export interface StoreView {
  /** The physical path of a logical one. */
  realPath(path: string): string;
  /** Whether a store path is visible. Defaults to all of them. */
  includes?(storePath: string): boolean;
}

export interface ResolvedPath {
  /** Logical, without any symlink. */
  path: string;
  facts: FileFacts;
}

/** Where following a path ended without finding a file. */
export interface DeadEnd {
  /** Logical, without any symlink: the next file that was missing. */
  path: string;
  /** It is not visible: outside the store, the store's own folder, or a hidden store path. */
  outside: boolean;
  /** How many symlinks were followed. */
  links: number;
}

/**
 * Follows the symlinks of a logical path as the built machine will: links to `/nix/store/...` lead to other store paths. The host's own
 * files are never examined, so the result does not depend on them.
 */
export function followInStore(view: StoreView, path: string): ResolvedPath | DeadEnd {
  let rest = segments(path);
  let at = '';
  let facts: FileFacts | undefined;
  let links = 0;
  const deadEnd = (end: string, outside: boolean): DeadEnd => ({ path: end || '/', outside, links });
  while (rest.length > 0) {
    const name = rest.shift()!;
    if (name === '..') {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      continue;
    }
    const next = `${at}/${name}`;
    if (next === STORE_DIR || STORE_DIR.startsWith(`${next}/`)) {
      at = next;
      continue;
    }
    if (!next.startsWith(`${STORE_DIR}/`) || (at === STORE_DIR && view.includes?.(next) === false))
      return deadEnd(joined(next, rest), true);
    facts = fileFacts(view.realPath(next));
    if (facts === undefined) return deadEnd(next, false);
    if (facts.type !== 'symlink') {
      if (rest.length > 0 && facts.type !== 'directory') return deadEnd(joined(next, rest), false);
      at = next;
      continue;
    }
    if (++links > maxLinks) return deadEnd(next, false);
    const target = readSymlink(view.realPath(next));
    rest = [...segments(target), ...rest];
    if (target.startsWith('/')) at = '';
  }
  if (!at.startsWith(`${STORE_DIR}/`)) return deadEnd(at, true);
  facts = fileFacts(view.realPath(at));
  return facts === undefined ? deadEnd(at, false) : { path: at, facts };
}

/** As `followInStore`; returns undefined when there is no visible file. */
export function resolveInStore(view: StoreView, path: string): ResolvedPath | undefined {
  const end = followInStore(view, path);
  return 'facts' in end ? end : undefined;
}

function segments(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function joined(path: string, rest: string[]): string {
  return rest.length > 0 ? `${path}/${rest.join('/')}` : path;
}
