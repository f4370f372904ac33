/** Generates the files of maintainer scripts and triggers below /usr and /etc. */
import { caCertificates, type OwnTrust } from '../../debian/generated/ca-certificates.ts';
import { compileHwdb } from '../../debian/generated/hwdb/hwdb.ts';
import { ldSoCache } from '../../debian/generated/ld-so-cache.ts';
import { moduleIndexes } from '../../debian/generated/modules/module-indexes.ts';
import { HWDB, hwdbSources, kernelFolders, MODULES, systemdVersion } from '../../debian/generated/package-files.ts';
import { follow, followDirectory } from '../../debian/generated/tree-walk.ts';
import { file, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import { placeNode } from '../../tree/place.ts';
import type { UnpackedDeb } from './merge-debs.ts';

/** Adds them to a tree merged from `debs`. */
export function addGenerated(root: DirectoryNode, debs: UnpackedDeb[], trust: OwnTrust): void {
  const place = (path: string, bytes: Uint8Array | undefined) => {
    if (bytes) placeNode(root, path, file(bytes, 0o444));
  };
  addModuleIndexes(root, debs);
  addHwdb(root, debs);
  place('etc/ssl/certs/ca-certificates.crt', caCertificates(root, trust));
  place('etc/ld.so.cache', ldSoCache(root));
}

/** A kernel's indexes come with its package, unless another package has modules for it too. */
function addModuleIndexes(root: DirectoryNode, debs: UnpackedDeb[]): void {
  for (const [kernel, folder] of kernelFolders(root)) {
    const owners = debs.filter((deb) => kernelFolders(deb.root).has(kernel));
    const made = owners.length === 1 ? follow(owners[0]!.root, `nix-support/generated/${MODULES}/${kernel}`) : undefined;
    const indexes: Iterable<[string, FileNode]> =
      made?.type === 'directory' ? made.entries : [...moduleIndexes(folder)].map(([name, bytes]) => [name, file(bytes, 0o444)]);
    for (const [name, node] of indexes) folder.entries.set(name, node);
  }
}

function addHwdb(root: DirectoryNode, debs: UnpackedDeb[]): void {
  const sources = hwdbSources(root);
  const udev = debs.find((deb) => deb.facts.name === 'udev');
  if (sources.length === 0 || !udev) return;
  const owners = debs.filter((deb) => hwdbSources(deb.root).length > 0);
  const made = owners.length === 1 ? follow(udev.root, `nix-support/generated/${HWDB}`) : undefined;
  placeNode(root, 'usr/lib/udev/hwdb.bin', made ?? file(compileHwdb(sources, systemdVersion(udev.facts.version)), 0o444));
  // The 9 MB of source texts are no longer needed: nothing compiles them again in a read-only /usr.
  followDirectory(root, 'usr/lib/udev')?.entries.delete('hwdb.d');
}
