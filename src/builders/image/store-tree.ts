import { closureRegistration } from '../../store/closure-registration.ts';
import { STORE_DIR } from '../../nix-format/store-path.ts';
import type { HardLinks } from '../../system/read-tree.ts';
import { directory, file, type DirectoryNode } from '../../tree/file-tree.ts';
import { placeNode } from '../../tree/place.ts';
import type { BuildContext } from '../builder.ts';
import type { InputFiles } from '../input-files.ts';
import { scanStorePath } from './scan-store-path.ts';

/**
 * The closure of `paths` and, in the root, the file nix-path-registration, by which Nix learns of them. The store paths are in /nix/store,
 * or with `strip` in the root. Files that are hard links of one another in the store are one inode here, too.
 */
export async function storeTree(context: BuildContext, files: InputFiles, paths: string[], strip: boolean): Promise<DirectoryNode> {
  const hardLinks: HardLinks = new Map();
  const root = directory();
  const closure = paths.length === 0 ? [] : await context.closure(paths);
  for (const path of closure)
    placeNode(root, strip ? path.slice(STORE_DIR.length + 1) : path, scanStorePath(context, files, path, hardLinks));
  const infos = closure.map((path) => context.pathInfo(path));
  placeNode(root, 'nix-path-registration', file(closureRegistration(infos)));
  return root;
}
