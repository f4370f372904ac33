/** The root of a NixOS image: the result of nixos-install, before the first boot. */
import { BootflakeError } from '../../../base/errors.ts';
import type { HardLinks } from '../../../system/read-tree.ts';
import { bootPartition } from '../../../disk/image/layout.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../../../tree/file-tree.ts';
import { BadPath, placeDirectory, placeNode } from '../../../tree/place.ts';
import type { BuildContext } from '../../builder.ts';
import type { ImageAttributes } from '../attributes.ts';
import { parcelsOf } from '../parcels.ts';
import type { RootTree } from '../root-tree.ts';
import type { NixosAttributes } from './attributes.ts';
import { placeContents } from './contents.ts';
import { placeNixDatabase } from './nix-database.ts';
import type { StoreFiles } from './store-files.ts';
import { scanStorePath } from '../scan-store-path.ts';

/** The group of Nix's builders, which may add to the store. */
const NIXBLD = 30000;
/** Activation makes /bin and /usr. */
const DIRECTORIES: [path: string, mode: number][] = [
  ['boot', 0o755],
  ['dev', 0o755],
  ['etc/nixos', 0o755],
  ['home', 0o755],
  ['mnt', 0o755],
  ['nix/var/log/nix/drvs', 0o755],
  ['nix/var/nix/gcroots', 0o755],
  ['nix/var/nix/profiles/per-user/root', 0o755],
  ['nix/var/nix/temproots', 0o755],
  ['proc', 0o755],
  ['root', 0o700],
  ['run', 0o755],
  ['sys', 0o755],
  ['tmp', 0o1777],
  ['var', 0o755],
];
const PROFILES = '/nix/var/nix/profiles';

/** `boot`: the contents of /boot, if it is not a separate partition. */
export async function nixosRootTree(
  context: BuildContext,
  attributes: ImageAttributes,
  nixos: NixosAttributes,
  files: StoreFiles,
  boot: DirectoryNode,
): Promise<RootTree> {
  const roots = [nixos.toplevel, ...attributes.additionalPaths, ...(nixos.channel === undefined ? [] : [nixos.channel])];
  const closure = await context.closure(roots);
  const root = directory();
  if (!nixos.onlyStore) {
    placeContents(root, attributes.contents, files);
    for (const [path, mode] of DIRECTORIES) makeDirectory(root, path, mode);
    if (attributes.partitionTableType === 'efixbootldr') makeDirectory(root, 'efi', 0o755);
    if (bootPartition(attributes.partitionTableType) === 'root')
      for (const [name, node] of boot.entries) placeNode(root, `boot/${name}`, node);
    placeSystem(root, nixos, files);
    placeNixDatabase(
      root,
      closure.map((path) => context.pathInfo(path)),
    );
    placeNode(root, 'nix/store', { ...directory([], 0o1775), gid: NIXBLD });
  }
  const hardLinks: HardLinks = new Map();
  const storePaths = new Map<string, FileNode>();
  for (const path of closure) {
    const node = scanStorePath(context, files, path, hardLinks);
    storePaths.set(path, node);
    placeNode(root, nixos.onlyStore ? path.slice('/nix/store/'.length) : path, node);
  }
  return { root, storePaths, parcels: parcelsOf(storePaths) };
}

function placeSystem(root: DirectoryNode, { toplevel, channel, configFile }: NixosAttributes, files: StoreFiles): void {
  // Identifies a NixOS to programs that refuse to touch anything else.
  placeNode(root, 'etc/NIXOS', file(''));
  if (configFile !== undefined) placeNode(root, 'etc/nixos/configuration.nix', files.file(configFile));
  placeNode(root, `${PROFILES}/system-1-link`, symlink(toplevel));
  placeNode(root, `${PROFILES}/system`, symlink('system-1-link'));
  if (channel === undefined) return;
  placeNode(root, `${PROFILES}/per-user/root/channels-1-link`, symlink(channel));
  placeNode(root, `${PROFILES}/per-user/root/channels`, symlink('channels-1-link'));
  makeDirectory(root, 'root/.nix-defexpr', 0o700);
  placeNode(root, 'root/.nix-defexpr/channels', symlink(`${PROFILES}/per-user/root/channels`));
}

function makeDirectory(root: DirectoryNode, path: string, mode: number): void {
  try {
    placeDirectory(root, path, mode);
  } catch (error) {
    if (!(error instanceof BadPath)) throw error;
    const message = `/${path} of the image must be a directory, but \`contents' puts something else there: ${error.message}`;
    throw new BootflakeError({ code: 'disk/bad-path', message, cause: error });
  }
}
