/** What is placed together in an image: the files of a store path; in a tree of Debian packages, those of a package. */
import type { Parcel, Parcels } from '../../disk/ext4/parcels.ts';
import type { FileNode } from '../../tree/file-tree.ts';
import { readPackageList, type PackageList } from '../merge/package-list.ts';

const HASH_LENGTH = 32;

/** `storePaths` are logical paths and their trees. */
export function parcelsOf(storePaths: ReadonlyMap<string, FileNode>): Parcels {
  const parcels = new Map<FileNode, Parcel>();
  for (const [path, node] of storePaths) {
    if (node.type !== 'directory' && parcels.has(node)) continue;
    const own: Parcel = { name: placeName(path), path, isPackage: false };
    parcels.set(node, own);
    const list = readPackageList(node);
    if (list) splitTree(node, own, list, parcels);
  }
  return parcels;
}

/** The name of a store path without hash and version, so that a new version comes to the place of the old one. */
function placeName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1 + HASH_LENGTH + 1);
  return name.replace(/-[^a-zA-Z].*$/, '');
}

function splitTree(root: FileNode, tree: Parcel, { packages, owners }: PackageList, parcels: Map<FileNode, Parcel>): void {
  const own = packages.map(
    ({ name }, index): Parcel => ({ name: `${tree.name}/${name}`, path: `${tree.path}/${index} ${name}`, isPackage: true }),
  );
  /** Returns the index of the only package with files at or below `node`; -1 for several, or none. */
  const visit = (node: FileNode): number => {
    if (node.type !== 'directory') {
      const owner = owners.get(node);
      if (owner === undefined) parcels.set(node, tree);
      else if (!parcels.has(node)) parcels.set(node, own[owner]!);
      return owner ?? -1;
    }
    let only: number | undefined;
    for (const child of node.entries.values()) {
      const owner = visit(child);
      only = only === undefined || only === owner ? owner : -1;
    }
    parcels.set(node, only === undefined || only === -1 ? tree : own[only]!);
    return only ?? -1;
  };
  visit(root);
}
