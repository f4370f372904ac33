/** The root file system's tree: the closure's store paths, and the files set by the attributes. */
import type { Parcels } from '../../disk/ext4/parcels.ts';
import type { HardLinks } from '../../system/read-tree.ts';
import { directory, symlink, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import { shownName } from '../../tree/file-name.ts';
import { BadPath, placeNode } from '../../tree/place.ts';
import { BootflakeError } from '../../base/errors.ts';
import type { BuildContext } from '../builder.ts';
import type { InputFiles } from '../input-files.ts';
import type { RootAttributes } from './attributes.ts';
import { parcelsOf } from './parcels.ts';
import { placeNixDatabase } from './nixos/nix-database.ts';
import { scanStorePath } from './scan-store-path.ts';

export interface RootTree {
  root: DirectoryNode;
  /** Logical store path to its tree. */
  storePaths: Map<string, FileNode>;
  parcels: Parcels;
}

/** Files that are hard links of one another in the store are one inode here too. */
export async function buildRootTree(context: BuildContext, attributes: RootAttributes, files: InputFiles): Promise<RootTree> {
  const hardLinks: HardLinks = new Map();
  const root = directory();
  for (const { path, mode, uid, gid } of attributes.directories) place(root, path, { ...directory([], mode), uid, gid });
  const storePaths = new Map<string, FileNode>();
  const roots = [...(attributes.toplevel === undefined ? [] : [attributes.toplevel]), ...attributes.additionalPaths];
  const closure = await context.closure(roots);
  for (const path of closure) {
    const node = scanStorePath(context, files, path, hardLinks);
    storePaths.set(path, node);
    placeNode(root, path, node);
  }
  if (attributes.nixDatabase)
    placeNixDatabase(
      root,
      closure.map((path) => context.pathInfo(path)),
    );
  for (const [path, target] of attributes.links) place(root, path, symlink(target));
  if (attributes.toplevel !== undefined) {
    placeNode(root, 'nix/var/nix/profiles/system-1-link', symlink(attributes.toplevel));
    placeNode(root, 'nix/var/nix/profiles/system', symlink('system-1-link'));
  }
  for (const { source, target, mode, uid, gid } of attributes.contents) {
    const node = owned(files.scan(source, hardLinks), uid, gid);
    place(root, target, mode === undefined ? node : { ...node, mode });
  }
  return { root, storePaths, parcels: parcelsOf(storePaths) };
}

/** A path of the attributes may be invalid, a path of the store may not. */
function place(root: DirectoryNode, path: string, node: FileNode): void {
  try {
    placeNode(root, path, node);
  } catch (error) {
    if (!(error instanceof BadPath)) throw error;
    throw new BootflakeError({
      code: 'disk/bad-path',
      message: `nothing can be put at ${shownName(path)} of the image: ${error.message}`,
      hint: 'Use paths in `contents`, `directories` and `links` that are relative to the root of the image.',
      cause: error,
    });
  }
}

function owned(node: FileNode, uid: number, gid: number): FileNode {
  if (uid === 0 && gid === 0) return node;
  if (node.type !== 'directory') return { ...node, uid, gid };
  return { ...node, uid, gid, entries: new Map([...node.entries].map(([name, child]) => [name, owned(child, uid, gid)])) };
}
