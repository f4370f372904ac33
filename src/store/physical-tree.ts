/** Writes, archives and removes trees of the store. Names and link targets may be any bytes (tree/byte-name.ts). */
import fs from 'node:fs';
import type { NarSource } from '../nix-format/nar-writer.ts';
import { checkFileName } from '../tree/file-name.ts';
import type { ByteSource, FileNode } from '../tree/file-tree.ts';
import { beginDirectory, endDirectory, STORE_TIME, writeCanonicalByteSymlink, writeCanonicalPieces } from './canonical-files.ts';
import { filePath, itemsIn, namesIn } from '../system/byte-paths.ts';
import { lstatOf, specialFile } from '../system/read-tree.ts';

/** Trees of the host by path, without a node in memory for each file. */
export const physicalSource: NarSource<string> = {
  inspect(path) {
    const stat = lstatOf(path);
    if (stat.isFile()) return { type: 'regular', size: stat.size, executable: (stat.mode & 0o100) !== 0 };
    if (stat.isSymbolicLink()) return { type: 'symlink', target: fs.readlinkSync(filePath(path), 'buffer') };
    if (stat.isDirectory()) return { type: 'directory' };
    throw specialFile(path, 'Remove it, or leave it out with a filter.');
  },
  list(path) {
    return namesIn(path).map((name) => [name, `${path}/${name}`]);
  },
  read(path, piece) {
    const fd = fs.openSync(filePath(path), 'r');
    try {
      for (let count: number; (count = fs.readSync(fd, readBuffer, 0, readBuffer.length, null)) > 0; ) piece(readBuffer.subarray(0, count));
    } finally {
      fs.closeSync(fd);
    }
  },
};

/** So small that it stays in the processor's cache between reading and hashing. */
const readBuffer = new Uint8Array(128 << 10);

const chunkSize = 1 << 20;

/** Writes `node` at `path`, which must not exist, in the store's form: modes 0444 and 0555, times 1 s after the epoch. */
export function writeCanonicalTree(path: string, node: FileNode): void {
  writeNode(path, node, new Map());
}

function writeNode(path: string, node: FileNode, written: Map<FileNode, string>): void {
  if (node.type === 'symlink') writeCanonicalByteSymlink(path, node.target);
  else if (node.type === 'directory') {
    beginDirectory(path);
    for (const [name, child] of node.entries) {
      checkFileName(name, path, 'bytes');
      writeNode(`${path}/${name}`, child, written);
    }
    endDirectory(path);
  } else {
    const first = written.get(node);
    if (first !== undefined) return fs.linkSync(filePath(first), filePath(path));
    written.set(node, path);
    writeCanonicalPieces(path, piecesOf(node.contents), (node.mode & 0o100) !== 0);
  }
}

/** Pieces share one buffer: each is valid until the next. */
function* piecesOf(contents: ByteSource): Generator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(contents.size, chunkSize));
  for (let position = 0; position < contents.size; position += buffer.length) {
    const part = buffer.subarray(0, Math.min(buffer.length, contents.size - position));
    contents.read(part, position);
    yield part;
  }
}

/**
 * Sets the store's modes and times on a tree written by other code. What is right already is left alone, as it may be a link to a file of
 * another store path.
 */
export function canonicaliseTree(path: string): void {
  const stat = lstatOf(path);
  const place = filePath(path);
  if (stat.isDirectory()) {
    // An unreadable directory could not be walked.
    if ((stat.mode & 0o700) !== 0o700) fs.chmodSync(place, 0o755);
    for (const name of namesIn(path)) canonicaliseTree(`${path}/${name}`);
    fs.chmodSync(place, 0o555);
    fs.utimesSync(place, STORE_TIME, STORE_TIME);
  } else if (stat.isSymbolicLink()) {
    if (stat.mtimeMs !== STORE_TIME * 1000) fs.lutimesSync(place, STORE_TIME, STORE_TIME);
  } else if (stat.isFile()) {
    const mode = (stat.mode & 0o100) !== 0 ? 0o555 : 0o444;
    if ((stat.mode & 0o7777) !== mode) fs.chmodSync(place, mode);
    if (stat.mtimeMs !== STORE_TIME * 1000) fs.utimesSync(place, STORE_TIME, STORE_TIME);
  } else {
    throw specialFile(path);
  }
}

/** Removes a tree whose directories may be read-only. Does nothing if it is missing. */
export function removeTree(path: string): void {
  let stat: fs.Stats | undefined;
  const place = filePath(path);
  try {
    stat = fs.lstatSync(place);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (!stat.isDirectory()) return fs.rmSync(place, { force: true });
  if ((stat.mode & 0o700) !== 0o700) fs.chmodSync(place, 0o700);
  for (const { name, kind } of itemsIn(path)) {
    const entryPath = `${path}/${name}`;
    if (kind.isDirectory()) removeTree(entryPath);
    else fs.rmSync(filePath(entryPath), { force: true });
  }
  fs.rmdirSync(place);
}
