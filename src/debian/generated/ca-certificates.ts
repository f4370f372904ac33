import { LINE_FEED } from '../../base/ascii.ts';
import type { DirectoryNode } from '../../tree/file-tree.ts';
import { filesBelow, followDirectory, readNode } from './tree-walk.ts';

/** What a machine trusts besides what the package has, and what it does not trust of that. */
export interface OwnTrust {
  /** Files with certificates in PEM, which come last. */
  certificates: readonly Uint8Array[];
  /** Names of the package's certificates: those of its files, without `.crt`, where a blank is a `_`. */
  distrusted: readonly string[];
}

/**
 * Returns etc/ssl/certs/ca-certificates.crt: all certificates concatenated, as by update-ca-certificates; undefined for a tree without the
 * package, if there are none besides.
 */
export function caCertificates(
  root: DirectoryNode,
  { certificates, distrusted }: OwnTrust = { certificates: [], distrusted: [] },
): Uint8Array | undefined {
  const folder = followDirectory(root, 'usr/share/ca-certificates');
  if (!folder && certificates.length === 0) return undefined;
  const left = new Set(distrusted.map((name) => `${name.replaceAll(' ', '_')}.crt`));
  const pieces: Uint8Array[] = [];
  const add = (bytes: Uint8Array) => {
    pieces.push(bytes);
    if (bytes.at(-1) !== LINE_FEED) pieces.push(Buffer.from('\n'));
  };
  for (const [path, node] of folder ? filesBelow(folder) : []) {
    if (path.endsWith('.crt') && !left.has(path.slice(path.lastIndexOf('/') + 1))) add(readNode(node));
  }
  for (const bytes of certificates) add(bytes);
  return Buffer.concat(pieces);
}
