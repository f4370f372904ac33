/** Finds the files of a flake's tree that are read before its evaluation, and checks that symlinks and `?dir=` do not leave the tree. */
import { statSync } from 'node:fs';
import { LogicalFiles } from '../store/logical-files.ts';
import { decodeBytes, encodeBytes } from '../evaluator/index.ts';
import type { Store } from '../store/store.ts';
import { flakeError } from '../base/flake-error.ts';

/** Returns the normalised folder `subdir` of a tree. Throws `flake/outside-tree` when it leaves the tree. */
export function folderInTree(storePath: string, subdir: string): string {
  const parts: string[] = [];
  for (const part of subdir.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) {
      throw flakeError(
        'outside-tree',
        `the folder '${subdir}' lies outside of the flake's tree '${storePath}'`,
        '?dir= names a folder below the root of the tree',
      );
    }
  }
  return [storePath, ...parts].join('/');
}

/**
 * Returns the physical path of a regular file of a tree with symlinks followed; undefined when there is none. Throws `flake/outside-tree`
 * when a symlink leads out of the tree, `flake/not-a-file` for a folder.
 */
export function fileInTree(store: Store, path: string): string | undefined {
  const physical = placeInTree(store, path);
  const status = statSync(physical, { throwIfNoEntry: false });
  if (status && !status.isFile()) throw flakeError('not-a-file', `'${path}' is not a regular file`, 'Replace it by a file of that name.');
  return status && physical;
}

/**
 * Returns the physical path of a logical one in a tree with symlinks followed, whether there is anything or not. Throws
 * `flake/outside-tree` when it leads out of the tree.
 */
export function placeInTree(store: Store, path: string): string {
  const storePath = store.storePathOf(path);
  if (storePath === undefined) throw flakeError('outside-tree', `'${path}' lies in no tree of the store`);
  const files = new LogicalFiles(store.root, (found) => {
    if (found === encodeBytes(storePath) || found.startsWith(`${encodeBytes(storePath)}/`)) return;
    throw flakeError(
      'outside-tree',
      `'${path}' leads to '${decodeBytes(found)}', which is outside of its flake's tree`,
      'Put the file itself into the tree, or name the other tree as an input',
    );
  });
  try {
    return files.physical(files.resolve(encodeBytes(path))).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
    throw flakeError('not-a-file', `'${path}' is a link that leads to itself`, undefined, error);
  }
}
