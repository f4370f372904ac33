import { LINE_FEED } from '../../base/ascii.ts';
import type { DirectoryNode } from '../../tree/file-tree.ts';
import { filesBelow, followDirectory, readNode } from './tree-walk.ts';

/**
 * Returns etc/ssl/certs/ca-certificates.crt: all certificates concatenated, as by update-ca-certificates; undefined for a tree without the
 * package.
 */
export function caCertificates(root: DirectoryNode): Uint8Array | undefined {
  const folder = followDirectory(root, 'usr/share/ca-certificates');
  if (!folder) return undefined;
  const pieces: Uint8Array[] = [];
  for (const [name, node] of filesBelow(folder)) {
    if (!name.endsWith('.crt')) continue;
    const bytes = readNode(node);
    pieces.push(bytes);
    if (bytes.at(-1) !== LINE_FEED) pieces.push(Buffer.from('\n'));
  }
  return Buffer.concat(pieces);
}
