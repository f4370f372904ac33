/** Store paths as one stream for a machine that runs: a tar archive, packed by gzip, which every system of Debian can unpack. */
import { Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import { TreeTarWriter } from '../disk/tar/tree-tar.ts';
import { STORE_TIME } from '../store/canonical-files.ts';
import { readTree, type HardLinks } from '../system/read-tree.ts';
import { checkFileName } from '../tree/file-name.ts';
import { file, type FileNode } from '../tree/file-tree.ts';

export interface PackedPath {
  /** `HASH-NAME`. */
  name: string;
  /** The files on this host. */
  place: string;
}

export interface PackedPaths {
  /** The paths that are packed. */
  paths: readonly PackedPath[];
  /**
   * Paths that are there where the archive is unpacked: a file that is a hard link of one of theirs here is a link to it in the archive.
   */
  present: readonly PackedPath[];
  /** The folder in the archive that has the paths; `present` are beside it. */
  folder: string;
  /** Files of that folder besides, by their names. */
  files: Readonly<Record<string, string>>;
}

export interface Archive {
  /** Bytes of the files in it; those that are links take no space. */
  bytes: number;
  /** Read as it is asked for. Members have root as their owner, and the store's modes and time. */
  pieces(): AsyncIterable<Buffer>;
}

/** Throws `tree/bad-name` for a file whose name is not UTF-8. */
export function packedPaths({ paths, present, folder, files }: PackedPaths): Archive {
  const hardLinks: HardLinks = new Map();
  const there = present.map(({ name, place }): Member => [name, readTree(place, { hardLinks })]);
  const members = [
    ...Object.entries(files).map(([name, text]): Member => [`${folder}/${name}`, file(text, 0o444)]),
    ...paths.map(({ name, place }): Member => [`${folder}/${name}`, checked(readTree(place, { hardLinks }), name)]),
  ];
  const known = new Set<FileNode>();
  for (const [, node] of there) bytesOf(node, known);
  const bytes = members.reduce((sum, [, node]) => sum + bytesOf(node, known), 0);
  const pieces = (): AsyncIterable<Buffer> => {
    const gzip = createGzip({ level: constants.Z_BEST_SPEED });
    const source = Readable.from(tarPieces(there, members));
    source.once('error', (error) => gzip.destroy(error));
    return source.pipe(gzip);
  };
  return { bytes, pieces };
}

/** A path in the archive, and what is there. */
type Member = [string, FileNode];

/** Of files that are not in `known`, to which they are added. */
function bytesOf(node: FileNode, known: Set<FileNode>): number {
  if (node.type === 'directory') return [...node.entries.values()].reduce((sum, child) => sum + bytesOf(child, known), 0);
  if (node.type === 'symlink' || known.has(node)) return 0;
  known.add(node);
  return node.contents.size;
}

function* tarPieces(present: readonly Member[], members: readonly Member[]): Generator<Buffer> {
  let ready: Buffer[] = [];
  const taken = (): Buffer => {
    const bytes = Buffer.concat(ready);
    ready = [];
    return bytes;
  };
  const out = {
    write: (bytes: Uint8Array) => void ready.push(Buffer.from(bytes)),
    zeros: (count: number) => void ready.push(Buffer.alloc(count)),
  };
  const writer = new TreeTarWriter(out, STORE_TIME);
  for (const [path, node] of present) writer.have(path, node);
  for (const [path, node] of members) {
    for (const _ of writer.member(path, node)) yield taken();
    if (node.type === 'directory') for (const _ of writer.entries(node, `${path}/`)) yield taken();
    yield taken();
  }
  writer.end();
  yield taken();
}

/** Throws `tree/bad-name` for a name that is not UTF-8. */
function checked(node: FileNode, folder: string): FileNode {
  if (node.type !== 'directory') return node;
  for (const [name, child] of node.entries) {
    checkFileName(name, folder);
    checked(child, `${folder}/${name}`);
  }
  return node;
}
