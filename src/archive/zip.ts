/** Zip archives (PKWARE's APPNOTE 6.3): stored and deflated members, Unix modes and symlinks, zip64. */
import { crc32 } from '../base/crc32.ts';
import type { ByteSource } from '../tree/file-tree.ts';
import { ArchiveError } from './archive-error.ts';
import { piecesOf, readPiece } from './byte-input.ts';
import { inflateRaw } from './gzip.ts';
import { readDirectory, type ZipEntry } from './zip-directory.ts';

/** Offsets in a local header, and its size: the APPNOTE's section 4.3.7. */
const LOCAL = { nameLength: 26, extraLength: 28 } as const;
const LOCAL_SIZE = 30;
/** Compression methods. */
const [STORED, DEFLATED] = [0, 8];
/** Types of files in a Unix mode: inode(7). */
const [S_IFMT, S_IFDIR, S_IFLNK] = [0o170000, 0o040000, 0o120000];

export interface ZipMember {
  path: string;
  type: 'file' | 'directory' | 'symlink';
  executable: boolean;
  /** Seconds since 1970. */
  mtime: number;
  /** The size in its directory entry. */
  size: number;
  /** Yields pieces; their size and checksum are verified after the last. */
  contents(): Generator<Uint8Array>;
}

/**
 * Reads the members listed in the central directory, as local headers may lack sizes. Calls `expect` with their number first. Throws
 * ArchiveError.
 */
export function* readZip(source: ByteSource, expect: (count: number) => void): Generator<ZipMember> {
  const entries = readDirectory(source, expect);
  refuseOverlaps(entries, source);
  for (const entry of entries) {
    const { path, mode, mtime, size } = entry;
    const format = mode & S_IFMT;
    const type = path.endsWith('/') || format === S_IFDIR ? 'directory' : format === S_IFLNK ? 'symlink' : 'file';
    yield { path, type, executable: (mode & 0o100) !== 0, mtime, size, contents: () => contentsOf(source, entry) };
  }
}

/** Returns where the bytes of an entry are, after its local header. */
function dataOf(source: ByteSource, { path, local, packed }: ZipEntry): { start: number; end: number } {
  if (local + LOCAL_SIZE > source.size) throw cutShort(path);
  const header = Buffer.from(readPiece(source, local, LOCAL_SIZE));
  const start = local + LOCAL_SIZE + header.readUInt16LE(LOCAL.nameLength) + header.readUInt16LE(LOCAL.extraLength);
  if (start + packed > source.size) throw cutShort(path);
  return { start, end: start + packed };
}

/** Rejects overlapping members: no honest archive has them, while a zip bomb shares the same bytes among all. */
function refuseOverlaps(entries: readonly ZipEntry[], source: ByteSource): void {
  const ordered = entries.filter(({ path }) => !path.endsWith('/')).sort((a, b) => a.local - b.local);
  let end = 0;
  for (const entry of ordered) {
    if (entry.local < end) throw new ArchiveError('zip', `its member '${entry.path}' overlaps another`);
    end = dataOf(source, entry).end;
  }
}

function* contentsOf(source: ByteSource, entry: ZipEntry): Generator<Uint8Array> {
  const { path, method, size } = entry;
  if (entry.encrypted) throw new ArchiveError('zip', `its member '${path}' is encrypted`);
  if (method !== STORED && method !== DEFLATED)
    throw new ArchiveError('zip', `its member '${path}' is compressed by method ${method}, which is not known here`);
  const { start, end } = dataOf(source, entry);
  const raw = piecesOf(source, start, end);
  let length = 0;
  let checksum = 0;
  for (const piece of method === STORED ? raw : inflateRaw(raw)) {
    length += piece.length;
    if (length > size) break;
    checksum = crc32(piece, checksum);
    yield piece;
  }
  if (length !== size || checksum !== entry.checksum) throw new ArchiveError('zip', `its member '${path}' is damaged`);
}

function cutShort(path: string): ArchiveError {
  return new ArchiveError('zip', `its member '${path}' is cut short`);
}
