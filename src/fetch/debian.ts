import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { FileSource } from '../system/file-source.ts';
import { packageRoot } from '../system/package-root.ts';
import { narHash } from '../nix-format/nar-writer.ts';
import { directory, file, symlink, type DirectoryNode } from '../tree/file-tree.ts';
import type { InputAttrs } from './scheme/scheme.ts';
import type { Checkout, Fetcher } from './fetcher.ts';

/** The attributes of a locked input that identify the state of the archive; archive.json holds exactly these. */
const archiveFacts = ['suite', 'release', 'updates', 'security', 'releaseDate', 'updatesDate', 'securityDate', 'lastModified'];

/**
 * Fetches the distribution: our own `distro/` with an archive.json that pins the archive. Queries the archive only when nothing is pinned
 * yet.
 */
export const fetchDebian: Fetcher = (attrs, context) => {
  const pinned = typeof attrs.release === 'string' ? attrs : { ...attrs, ...context.lockDebian(String(attrs.suite)) };
  const storePath = context.store.addToStore('source', distributionTree(pinned), { method: 'nar' });
  return {
    storePath,
    attrs: { ...pinned, narHash: context.store.queryPathInfo(storePath)?.narHash as string },
    checkout: distributionCheckout(),
  };
};

/** The folder of the distribution that comes with this bootflake. */
export function distributionCheckout(): Checkout {
  return { folder: join(packageRoot(), 'distro'), git: false, writable: false };
}

/** The hash that a locked input has with the distribution that comes with this bootflake. */
export function distributionHash(attrs: InputAttrs): string {
  return `sha256-${Buffer.from(narHash(distributionTree(attrs)).sha256).toString('base64')}`;
}

function distributionTree(attrs: InputAttrs): DirectoryNode {
  const tree = readFolder(join(packageRoot(), 'distro'));
  const facts: InputAttrs = { type: 'debian' };
  for (const name of archiveFacts) if (attrs[name] !== undefined) facts[name] = attrs[name];
  tree.entries.set('archive.json', file(`${JSON.stringify(facts, null, 2)}\n`));
  return tree;
}

function readFolder(folder: string): DirectoryNode {
  const tree = directory();
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const status = lstatSync(path);
    if (status.isDirectory()) tree.entries.set(name, readFolder(path));
    else if (status.isSymbolicLink()) tree.entries.set(name, symlink(readlinkSync(path)));
    // The modes in a checkout or a package depend on the umask and the packer; the tree's must not.
    else tree.entries.set(name, { type: 'regular', mode: 0o644, uid: 0, gid: 0, contents: new FileSource(path, status.size) });
  }
  return tree;
}
