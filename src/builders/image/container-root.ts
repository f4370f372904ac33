/** The root of a container: as that of an image, but Debian's merged tree (attribute `usr`, its store path) is /usr itself. */
import { placeNode } from '../../tree/place.ts';
import { symlink, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import { attributeError, optionalString } from '../attributes.ts';
import type { BuildContext } from '../builder.ts';
import { InputFiles } from '../input-files.ts';
import { readRootAttributes } from './attributes.ts';
import { buildRootTree, type RootTree } from './root-tree.ts';

/** Throws `build/bad-attribute` for attributes that builtin:disk-image refuses, too. */
export async function containerRoot(context: BuildContext): Promise<RootTree> {
  const attributes = readRootAttributes(context.attrs);
  const tree = await buildRootTree(context, attributes, new InputFiles(context));
  const usr = optionalString(context.attrs, 'usr');
  if (usr === undefined) return tree;
  const merged = folderOf(tree.storePaths.get(usr));
  const inside = folderOf(merged?.entries.get('usr'));
  if (!merged || !inside) throw attributeError('usr', 'a store path of the system with a folder usr', usr);
  // What is in the store refers to its files there.
  merged.entries.set('usr', symlink('/usr'));
  placeNode(tree.root, 'usr', inside);
  for (const [path, target] of attributes.links) placeNode(tree.root, path, symlink(target));
  return tree;
}

function folderOf(node: FileNode | undefined): DirectoryNode | undefined {
  return node?.type === 'directory' ? node : undefined;
}
