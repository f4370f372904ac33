import { join } from 'node:path';
import { indexPins, PARTS } from '../debian/components.ts';
import { readTree } from '../system/read-tree.ts';
import { packageRoot } from '../system/package-root.ts';
import { sri } from '../nix-format/hash.ts';
import { narHash } from '../nix-format/nar-writer.ts';
import { file, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';
import type { InputAttrs } from './scheme/scheme.ts';
import type { Checkout, Fetcher } from './fetcher.ts';

/** The attributes of a locked input that identify the state of the archive; archive.json holds exactly these. */
const archiveFacts = ['suite', 'schema', ...PARTS, ...indexPins, 'releaseDate', 'updatesDate', 'securityDate', 'lastModified'];

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
  return sri(narHash(distributionTree(attrs)).sha256);
}

function distributionTree(attrs: InputAttrs): DirectoryNode {
  const tree = readTree(join(packageRoot(), 'distro')) as DirectoryNode;
  plainModes(tree);
  const facts: InputAttrs = { type: 'debian' };
  for (const name of archiveFacts) if (attrs[name] !== undefined) facts[name] = attrs[name];
  tree.entries.set('archive.json', file(`${JSON.stringify(facts, null, 2)}\n`));
  return tree;
}

/** Modes of a checkout or of a package differ with umask and packer; the tree must not. */
function plainModes(node: FileNode): void {
  if (node.type === 'regular') node.mode = 0o644;
  else if (node.type === 'directory') {
    node.mode = 0o755;
    for (const child of node.entries.values()) plainModes(child);
  }
}
