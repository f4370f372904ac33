/** Arguments that name paths of the store. */
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { parseStorePath, STORE_DIR } from '../nix-format/store-path.ts';
import { storePathIn } from '../store/gc-roots.ts';
import type { LocalStore } from '../store/local-store.ts';
import { canonicalPath, fileFacts } from '../system/file-operations.ts';

/**
 * Returns the store path that an argument names as a path of the store or a link into it; undefined for installables, among which
 * `/nix/store/x.drv^out` is, and links that lead elsewhere. Throws `store/not-in-store` for what is below the store and no store path.
 */
export function storePathArgument(store: LocalStore, cwd: string, name: string): string | undefined {
  if (parseStorePath(name)) return name;
  if (/[#^]/.test(name)) return undefined;
  if (name.startsWith('/nix/store/') || name.startsWith(`${store.physicalStore}/`)) return namedPath(store, cwd, name);
  const asked = resolve(cwd, name);
  if (fileFacts(asked)?.type !== 'symlink') return undefined;
  const target = canonicalPath(asked);
  const isInStore =
    target !== undefined && [STORE_DIR, store.physicalStore, canonicalStore(store)].some((folder) => target.startsWith(`${folder}/`));
  return isInStore ? namedPath(store, cwd, name) : undefined;
}

/** Accepts a store path as `/nix/store/...`, as its physical path, or as a link to that. Throws `store/not-in-store`. */
export function namedPath(store: LocalStore, cwd: string, name: string): string {
  const asked = resolve(cwd, name);
  const real = storePathIn(asked, store.physicalStore) ? asked : (canonicalPath(asked) ?? asked);
  const path = storePathIn(real, store.physicalStore) ?? storePathIn(real, canonicalStore(store));
  if (path === undefined) throw notInStore(name);
  return path;
}

/** The path of the store's folder may contain symlinks too. */
function canonicalStore(store: LocalStore): string {
  return canonicalPath(store.physicalStore) ?? store.physicalStore;
}

export function notInStore(name: string): BootflakeError {
  return new BootflakeError({ code: 'store/not-in-store', message: `path '${name}' is not in the Nix store` });
}
