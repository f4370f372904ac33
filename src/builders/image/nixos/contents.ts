/** `contents` of make-disk-image.nix, copied by the rules of nixpkgs. */
import { BootflakeError } from '../../../base/errors.ts';
import type { DirectoryNode, FileNode } from '../../../tree/file-tree.ts';
import { shownName } from '../../../tree/file-name.ts';
import { BadPath, pathParts, placeNode } from '../../../tree/place.ts';
import type { Content } from '../attributes.ts';
import { expandGlob } from './glob.ts';
import type { StoreFiles } from './store-files.ts';

/** Places the contents in an empty tree. */
export function placeContents(root: DirectoryNode, contents: Content[], files: StoreFiles): void {
  for (const content of contents) {
    const { source, target } = content;
    try {
      // A source with a star is copied into its target, any other is copied to it.
      if (source.includes('*'))
        for (const path of expandGlob(files, source))
          placeNode(root, `${target}/${path.slice(path.lastIndexOf('/') + 1)}`, changed(files.scan(path, new Map()), content));
      else if (nodeAt(root, target) !== undefined) throw duplicate(target, source);
      else placeNode(root, target, changed(scan(files, source), content));
    } catch (error) {
      if (!(error instanceof BadPath)) throw error;
      throw new BootflakeError({
        code: 'disk/bad-path',
        message: `nothing can be put at ${shownName(target)} of the image: ${error.message}`,
        hint: 'Use targets in `contents` that are relative to the root of the image.',
        cause: error,
      });
    }
  }
}

/**
 * Reads each source with a map of hard links of its own: files linked in the store are separate files outside it. A symlink to a directory
 * is followed, others stay symlinks.
 */
function scan(files: StoreFiles, source: string): FileNode {
  return files.isFolder(source) ? files.scanTarget(source, new Map()) : files.scan(source, new Map());
}

function changed(node: FileNode, change: Pick<Content, 'uid' | 'gid' | 'mode'>): FileNode {
  const { uid, gid } = change;
  if (node.type === 'symlink') return { ...node, uid, gid };
  const mode = change.mode ?? node.mode;
  if (node.type === 'regular') return { ...node, uid, gid, mode };
  return { ...node, uid, gid, mode, entries: new Map([...node.entries].map(([name, child]) => [name, changed(child, change)])) };
}

function nodeAt(root: DirectoryNode, path: string): FileNode | undefined {
  let at: FileNode | undefined = root;
  for (const part of pathParts(path)) at = at?.type === 'directory' ? at.entries.get(part) : undefined;
  return at;
}

function duplicate(target: string, source: string): BootflakeError {
  return new BootflakeError({
    code: 'disk/duplicate-content',
    message: `duplicate entry ${target} -> ${source}`,
    hint: 'Remove one of the two entries of `contents` with this target.',
  });
}
