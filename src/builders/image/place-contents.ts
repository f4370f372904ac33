/** Files of attributes, at the places that the attributes say. */
import { BootflakeError } from '../../base/errors.ts';
import type { DirectoryNode, FileNode } from '../../tree/file-tree.ts';
import { BadPath, placeNode } from '../../tree/place.ts';

/** Places each node at its target. Throws `disk/bad-path` as `explainingBadPath` does. */
export function placeContents<Item extends { target: string }>(
  root: DirectoryNode,
  attribute: string,
  items: readonly Item[],
  nodeOf: (item: Item) => FileNode,
): void {
  explainingBadPath(attribute, () => {
    for (const item of items) placeNode(root, item.target, nodeOf(item));
  });
}

/** Returns what `run` returns. Throws `disk/bad-path`, which names the attribute, for a target that is no path or in the way of one. */
export function explainingBadPath<T>(attribute: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof BadPath)) throw error;
    throw new BootflakeError({
      code: 'disk/bad-path',
      message: `nothing can be put where \`${attribute}' says: ${error.message}`,
      hint: 'Use targets that are relative to the root of the image.',
      cause: error,
    });
  }
}
