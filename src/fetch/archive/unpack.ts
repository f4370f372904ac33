/**
 * Unpacks an archive to a tree as Nix does: its format is detected from its bytes, not from its name; a single top-level folder is
 * stripped; a file is executable if its owner may execute it; the newest time in it is the tree's.
 */
import { ArchiveError } from '../../archive/archive-error.ts';
import { readPiece } from '../../archive/byte-input.ts';
import { compressionOf, unpackedPieces } from '../../archive/compression.ts';
import { ArchiveTooLarge, defaultLimits, Tally, type ArchiveLimits } from '../../archive/limits.ts';
import { readTar } from '../../archive/tar.ts';
import { readZip, type ZipMember } from '../../archive/zip.ts';
import type { ByteSource } from '../../tree/file-tree.ts';
import { flakeError } from '../../base/flake-error.ts';
import { BadMember, TreeWriter } from './tree-writer.ts';

export interface UnpackedArchive {
  /** The tree's path: the given folder, or one in it. */
  tree: string;
  /** Seconds since 1970; 0 when nothing has a time. */
  lastModified: number;
}

/**
 * Unpacks into `folder`, which must not exist, in the store's form. `what` names the archive in messages. Throws `flake/bad-archive`, and
 * `flake/archive-too-large` when a limit is exceeded; the folder is then incomplete.
 */
export function unpackArchive(archive: ByteSource, what: string, folder: string, limits: ArchiveLimits = defaultLimits): UnpackedArchive {
  const tally = new Tally(limits, archive.size);
  try {
    const writer = new TreeWriter(folder, tally);
    const lastModified = isZip(archive) ? unpackZip(archive, writer, tally) : unpackTar(archive, writer, tally);
    return { tree: writer.finish(), lastModified };
  } catch (error) {
    throw explained(error, what);
  }
}

function explained(error: unknown, what: string): unknown {
  if (error instanceof ArchiveTooLarge) {
    const setting = `max-archive-${error.limit}`;
    return flakeError(
      'archive-too-large',
      `'${what}' is not unpacked: ${error.message}`,
      `Raise the limit if the archive is trusted: --option ${setting} NUMBER`,
      error,
    );
  }
  if (!(error instanceof ArchiveError || error instanceof BadMember)) return error;
  const hint =
    'a tree comes as .tar, .tar.gz, .tar.xz, .tar.zst, .tar.bz2 or .zip; a plain file has an input with the URL scheme file+https and ' +
    'flake = false';
  return flakeError('bad-archive', `'${what}' cannot be unpacked: ${error.message}`, hint, error);
}

function isZip(archive: ByteSource): boolean {
  const start = Buffer.from(readPiece(archive, 0, Math.min(4, archive.size))).toString('latin1');
  return start === 'PK\x03\x04' || start === 'PK\x05\x06';
}

/** Returns the newest time, like unpackZip. */
function unpackTar(archive: ByteSource, writer: TreeWriter, tally: Tally): number {
  let newest = 0;
  const compression = compressionOf(archive);
  if (compression === 'none' && archive.size > 0 && archive.size < 512)
    throw new BadMember('it is no archive of a kind that is known here');
  for (const { path, type, mode, mtime, link, contents } of readTar(unpackedPieces(archive, compression, tally.addUnpacked))) {
    newest = Math.max(newest, mtime);
    switch (type) {
      case 'directory':
        writer.directory(path);
        break;
      case 'symlink':
        writer.symlink(path, link);
        break;
      case 'file':
        writer.file(path, (mode & 0o100) !== 0, contents.pieces());
        break;
      case 'hardlink':
        writer.hardLink(path, link);
        break;
      default:
        throw new BadMember(`file '${path}' has the type '${type}', which a source tree cannot have`);
    }
  }
  return newest;
}

function unpackZip(archive: ByteSource, writer: TreeWriter, tally: Tally): number {
  let newest = 0;
  for (const member of readZip(archive, tally.expectEntries)) {
    newest = Math.max(newest, member.mtime);
    if (member.type === 'directory') writer.directory(member.path);
    else if (member.type === 'symlink') writer.symlink(member.path, targetOf(member));
    else writer.file(member.path, member.executable, member.contents());
  }
  return newest;
}

/** A link's target is the contents of its member. */
function targetOf({ path, size, contents }: ZipMember): string {
  if (size > 4096) throw new BadMember(`its symbolic link '${path}' has a target of ${size} bytes`);
  return Buffer.concat([...contents()]).toString('utf8');
}
