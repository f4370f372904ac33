import type { HardLinks } from '../../system/read-tree.ts';
import type { FileNode } from '../../tree/file-tree.ts';
import type { BuildContext } from '../builder.ts';
import type { InputFiles } from '../input-files.ts';

/** The tree of a store path with hard links as one node, and an identity for each file. A large one is remembered for the next image. */
export function scanStorePath(context: BuildContext, files: InputFiles, path: string, hardLinks: HardLinks): FileNode {
  const known = context.trees?.find(path, hardLinks);
  if (known) return known;
  const node = files.scan(path, hardLinks);
  context.trees?.add(path, node, hardLinks);
  return node;
}
