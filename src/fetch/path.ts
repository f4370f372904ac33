import { lstatSync, realpathSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { filePath, namesIn } from '../system/byte-paths.ts';
import { readAgainWhileEntriesVanish } from '../system/vanishing-entries.ts';
import { flakeError } from '../base/flake-error.ts';
import type { FileNode } from '../tree/file-tree.ts';
import { relativePath } from './scheme/path.ts';
import type { Fetcher } from './fetcher.ts';
import { largeSourceWarning } from './large-source.ts';

/** Copies the whole folder, tracked or not. `lastModified` is the newest modification time in it. */
export const fetchPath: Fetcher = (attrs, { store, warn }) => {
  if (relativePath(attrs) !== undefined) {
    throw flakeError(
      'relative-path',
      `cannot fetch input 'path:${attrs.path}' because it uses a relative path`,
      'Use an absolute path: a relative one is only for inputs of a flake.',
    );
  }
  const path = normalize(String(attrs.path)).replace(/(?<=.)\/$/, '');
  const inStore = store.storePathOf(path);
  if (inStore === path && path.endsWith('-source') && store.isValidPath(path)) {
    return {
      storePath: path,
      attrs: { ...attrs, lastModified: attrs.lastModified ?? 0, narHash: store.queryPathInfo(path)?.narHash ?? '' },
    };
  }
  const physical = inStore !== undefined && store.isValidPath(inStore) ? store.realPath(path) : path;
  if (!isAbsolute(physical)) throw flakeError('relative-path', `'${physical}' is not an absolute path`);
  let newest: number;
  try {
    newest = readAgainWhileEntriesVanish(physical, () => newestTime(physical));
  } catch (error) {
    throw flakeError('missing-path', `path '${path}' does not exist`, undefined, error);
  }
  const onCopy = (tree: FileNode): void => {
    const warning = inStore === undefined ? largeSourceWarning(tree, physical, { git: false }) : undefined;
    if (warning !== undefined) warn(warning);
  };
  const storePath = store.addToStore('source', { physicalPath: physical }, { method: 'nar', onCopy });
  const narHash = store.queryPathInfo(storePath)?.narHash as string;
  return {
    storePath,
    attrs: { ...attrs, lastModified: attrs.lastModified ?? newest, narHash },
    checkout: { folder: realpathSync(physical), git: false, writable: inStore === undefined },
  };
};

/** In seconds since 1970, over the path and all below it; follows no symlink. */
export function newestTime(path: string): number {
  const status = lstatSync(filePath(path));
  let newest = Math.floor(status.mtimeMs / 1000);
  if (status.isDirectory()) for (const name of namesIn(path)) newest = Math.max(newest, newestTime(join(path, name)));
  return newest;
}
