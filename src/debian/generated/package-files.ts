/**
 * Files that take long to generate and depend on a single package: made when the package is unpacked, stored beside its files, and linked
 * into every tree that includes the package.
 */
import { directory, file, type DirectoryNode } from '../../tree/file-tree.ts';
import { compileHwdb, type HwdbSource } from './hwdb/hwdb.ts';
import { moduleIndexes } from './modules/module-indexes.ts';
import { filesBelow, followDirectory, readNode } from './tree-walk.ts';

/** Folder names below `nix-support/generated` of an unpacked package. */
export const MODULES = 'modules';
export const HWDB = 'hwdb.bin';

export interface PackageName {
  name: string;
  version: string;
}

/** Returns `nix-support/generated`; undefined when there is nothing to generate. */
export function packageFiles(root: DirectoryNode, { name, version }: PackageName): DirectoryNode | undefined {
  const made = directory();
  const folders = kernelFolders(root);
  if (folders.size > 0) {
    made.entries.set(
      MODULES,
      directory(
        [...folders].map(([kernel, folder]) => [
          kernel,
          directory([...moduleIndexes(folder)].map(([index, bytes]) => [index, file(bytes)])),
        ]),
      ),
    );
  }
  // udev contains the database itself; if other packages add to it, it is compiled again for the merged tree.
  const sources = name === 'udev' ? hwdbSources(root) : [];
  if (sources.length > 0) made.entries.set(HWDB, file(compileHwdb(sources, systemdVersion(version))));
  return made.entries.size > 0 ? made : undefined;
}

/** Returns the non-empty folders of modules by kernel version. */
export function kernelFolders(root: DirectoryNode): Map<string, DirectoryNode> {
  const found = new Map<string, DirectoryNode>();
  for (const path of ['lib/modules', 'usr/lib/modules']) {
    for (const [kernel, folder] of followDirectory(root, path)?.entries ?? []) {
      if (folder.type === 'directory' && [...filesBelow(folder)].some(([name]) => /\.ko(\.\w+)?$/.test(name))) found.set(kernel, folder);
    }
  }
  return found;
}

/** Returns the sources in the order of their names, as systemd-hwdb reads them; a file in /etc replaces the one of its name in /usr. */
export function hwdbSources(root: DirectoryNode): HwdbSource[] {
  const sources = new Map<string, HwdbSource>();
  for (const path of ['lib/udev/hwdb.d', 'usr/lib/udev/hwdb.d', 'etc/udev/hwdb.d']) {
    const folder = followDirectory(root, path);
    for (const [name, node] of folder ? filesBelow(folder) : []) {
      if (name.endsWith('.hwdb') && !name.includes('/'))
        sources.set(name, { path: `/${path.replace(/^lib/, 'usr/lib')}/${name}`, text: readNode(node) });
    }
  }
  return [...sources.keys()].sort().map((name) => sources.get(name)!);
}

/** Maps `257.13-1~deb13u1` to 257. */
export function systemdVersion(version: string): number {
  return Number(/^(?:\d+:)?(\d+)/.exec(version)?.[1] ?? 0);
}
