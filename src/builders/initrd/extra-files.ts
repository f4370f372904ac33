import type { HardLinks } from '../../system/read-tree.ts';
import { BootflakeError } from '../../base/errors.ts';
import { shownName } from '../../tree/file-name.ts';
import type { DirectoryNode, FileNode } from '../../tree/file-tree.ts';
import { BadPath, placeNode } from '../../tree/place.ts';
import { attributeError, isAttributes, type Attributes } from '../attributes.ts';
import type { InputFiles } from '../input-files.ts';

/**
 * The attribute `extraFiles`, or that with another name: path in the initrd to source, a store path or a path below one. `mode` is that of
 * files, if not the store's. Throws `initrd/bad-path`.
 */
export function placeExtraFiles(attrs: Attributes, root: DirectoryNode, files: InputFiles, name = 'extraFiles', mode?: number): void {
  const hardLinks: HardLinks = new Map();
  const extra = attrs[name] ?? {};
  if (!isAttributes(extra)) throw attributeError(name, 'a set of paths in the initrd and their sources', extra);
  for (const [path, source] of Object.entries(extra)) {
    if (typeof source !== 'string') throw attributeError(`${name}."${path}"`, 'a path', source);
    const node = files.scan(source, hardLinks);
    placeInInitrd(root, path, node.type === 'regular' && mode !== undefined ? { ...node, mode } : node);
  }
}

/** As placeNode. Throws `initrd/bad-path`. */
export function placeInInitrd(root: DirectoryNode, path: string, node: FileNode): void {
  try {
    placeNode(root, path, node);
  } catch (error) {
    if (!(error instanceof BadPath)) throw error;
    throw new BootflakeError({
      code: 'initrd/bad-path',
      message: `nothing can be put at ${shownName(path)} of the initrd: ${error.message}`,
      cause: error,
    });
  }
}
