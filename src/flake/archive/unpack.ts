/**
 * An archive as a tree, as Nix makes one of it: what it is is told by its bytes, not by its name; a single folder at the top is taken off;
 * a file is executable when its owner may execute it; the newest time in it is the tree's.
 */
import { gunzipSync } from 'node:zlib';
import { BootflakeError } from '../../base/errors.ts';
import { decompressors } from '../../debian/decompressors.ts';
import { readTar } from '../../debian/tar.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../../tree/file-tree.ts';
import { flakeError } from '../errors.ts';
import { unbzip2 } from './bzip2.ts';
import { readZip } from './zip.ts';

/** Deflate cannot make more bytes of one. */
const MOST_GAIN = 1032;

/** One entry of an archive of whatever format. */
export interface ArchiveMember {
  path: string;
  node: FileNode | { hardLink: string };
  /** Seconds since 1970. */
  mtime: number;
}

export interface UnpackedArchive {
  tree: FileNode;
  /** Seconds since 1970; 0 when nothing has a time. */
  lastModified: number;
}

/** Throws `flake/bad-archive`; `what` names it in messages. File contents are parts of memory that the next archive reuses. */
export function unpackArchive(bytes: Uint8Array, what: string): UnpackedArchive {
  const bad = (why: string, cause?: unknown) => flakeError('bad-archive', `'${what}' cannot be unpacked: ${why}`, 'a tree comes as .tar, .tar.gz, .tar.xz, .tar.zst, .tar.bz2 or .zip; a plain file has an input with the URL scheme file+https and flake = false', cause);
  const root = directory();
  let lastModified = 0;
  try {
    for (const { path, node, mtime } of membersOf(bytes)) {
      lastModified = Math.max(lastModified, mtime);
      place(root, path, 'hardLink' in node ? linked(root, node.hardLink) : node);
    }
  } catch (error) {
    throw bad(error instanceof BootflakeError ? error.message : (error as Error).message, error);
  }
  const [only, more] = [...root.entries.values()];
  return { tree: only?.type === 'directory' && !more ? only : root, lastModified };
}

function membersOf(bytes: Uint8Array): Iterable<ArchiveMember> {
  return startsWith(bytes, 0, 'PK\x03\x04') || startsWith(bytes, 0, 'PK\x05\x06') ? readZip(bytes) : tarMembers(decompress(bytes));
}

function decompress(bytes: Uint8Array): Uint8Array {
  if (startsWith(bytes, 0, '\x1f\x8b')) return gunzip(bytes);
  if (startsWith(bytes, 0, '\xfd7zXZ\0')) return decompressors['.xz']!(bytes);
  if (startsWith(bytes, 0, '\x28\xb5\x2f\xfd')) return decompressors['.zst']!(bytes);
  if (startsWith(bytes, 0, 'BZh')) return unbzip2(bytes);
  return bytes;
}

/** Most archives say at their end how long they were (modulo 2^32): a buffer of that size is filled once, where many would be joined. */
function gunzip(bytes: Uint8Array): Uint8Array {
  const size = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE(Math.max(0, bytes.length - 4));
  const plausible = size > 0 && size < Math.min(bytes.length * MOST_GAIN, 1 << 30);
  return gunzipSync(bytes, plausible ? { chunkSize: Math.max(size + 1, 1024) } : {});
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.max(0, Math.min(text.length, bytes.length - at))).toString('latin1') === text;
}

function* tarMembers(bytes: Uint8Array): Generator<ArchiveMember> {
  if (bytes.length > 0 && bytes.length < 512) throw new Error('it is no archive of a kind that is known here');
  for (const { path, type, mode, mtime, link, contents } of readTar(bytes, 'it')) {
    switch (type) {
      case 'directory': yield { path, mtime, node: directory() }; break;
      case 'symlink': yield { path, mtime, node: symlink(link) }; break;
      case 'file': yield { path, mtime, node: file(contents, mode & 0o100 ? 0o755 : 0o644) }; break;
      case 'hardlink': yield { path, mtime, node: { hardLink: link } }; break;
      default: throw new Error(`file '${path}' has the type '${type}', which a source tree cannot have`);
    }
  }
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((part) => part !== '' && part !== '.');
  // Nix lets `..` end at the root; no honest archive has one.
  if (segments.includes('..')) throw new Error(`its member '${path}' climbs out of the archive`);
  if (path.includes('\0')) throw new Error('a name in it has a NUL');
  return segments;
}

/** A later member takes the place of an earlier one of its name; folders are joined. */
function place(root: DirectoryNode, path: string, node: FileNode): void {
  const segments = segmentsOf(path);
  const name = segments.pop();
  if (name === undefined) return;
  let at = root;
  for (const segment of segments) {
    let next = at.entries.get(segment);
    if (next === undefined) at.entries.set(segment, next = directory());
    if (next.type !== 'directory') throw new Error(`its member '${path}' lies in '${segment}', which is no folder`);
    at = next;
  }
  if (node.type === 'directory' && at.entries.get(name)?.type === 'directory') return;
  at.entries.set(name, node);
}

function linked(root: DirectoryNode, path: string): FileNode {
  let at: FileNode | undefined = root;
  for (const segment of segmentsOf(path)) at = at?.type === 'directory' ? at.entries.get(segment) : undefined;
  if (!at || at.type === 'directory') throw new Error(`a hard link in it names '${path}', which is no file in it`);
  return at;
}
