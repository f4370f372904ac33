import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { BootflakeError } from '../../base/errors.ts';
import { readFully } from '../../system/read-fully.ts';

/** A file being made, a BlockSink: random-access writes, sparse where nothing is written. A full disk is the error `io/disk-full`. */
export class ImageFile {
  readonly path: string;
  readonly size: number;
  protected readonly fd: number;

  /** Makes the file; `size` is its length in bytes. Throws if it exists, unless it `isThere` already. */
  constructor(path: string, size: number, { isThere = false } = {}) {
    this.path = path;
    this.size = size;
    this.fd = openSync(path, isThere ? 'r+' : 'wx', 0o644);
    ftruncateSync(this.fd, size);
  }

  write(offset: number, bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done, bytes.length - done, offset + done);
    } catch (error) {
      throw diskFull(error, this.path);
    }
  }

  /** Cuts the file to `size` bytes, for formats whose size is only known at the end. */
  truncate(size: number): void {
    ftruncateSync(this.fd, size);
  }

  close(): void {
    closeSync(this.fd);
  }
}

/**
 * Copies an image's file: its blocks are shared where the file system can (btrfs, XFS, bcachefs), else the kernel copies it, unless it is
 * sparse, as the copy would not be. Returns whether there is a copy.
 */
export function copyImage(original: string, path: string): boolean {
  const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = constants;
  const { size, blocks } = statSync(original);
  const isDense = blocks * 512 >= 0.9 * size;
  try {
    copyFileSync(original, path, COPYFILE_EXCL | (isDense ? COPYFILE_FICLONE : COPYFILE_FICLONE_FORCE));
    chmodSync(path, 0o644);
    return true;
  } catch {
    // A full disk is reported when the image is written.
    removeImage(path);
    return false;
  }
}

export function removeImage(path: string): void {
  rmSync(path, { force: true });
}

/** A copy of another image: only what differs is written. */
export class CopiedImageFile extends ImageFile {
  private readonly before = Buffer.alloc(1 << 20);

  /** `size` is the new length in bytes. */
  constructor(path: string, size: number) {
    super(path, size, { isThere: true });
  }

  override write(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; done += this.before.length) {
      const piece = bytes.subarray(done, done + this.before.length);
      const there = this.before.subarray(0, piece.length);
      if (readFully(this.fd, there, offset + done) === piece.length && there.equals(piece)) continue;
      super.write(offset + done, piece);
    }
  }
}

/** Throws `io/disk-full`, before anything is written, when the file system of `path` has fewer than `bytes` free. */
export function checkRoom(path: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize >= bytes) return;
  const mebibytes = (count: number): number => Math.ceil(count / 2 ** 20);
  throw noSpace(`the image takes ${mebibytes(bytes)} MiB, and ${path} has ${mebibytes(bavail * bsize)} MiB free`, undefined);
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Returns undefined when there is no file. */
export function readFile(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}

function diskFull(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return noSpace(`no space left for ${path}`, error);
}

function noSpace(message: string, cause: unknown): BootflakeError {
  return new BootflakeError({
    code: 'io/disk-full',
    cause,
    message,
    hint: 'Free some space there, or set XDG_DATA_HOME to a directory on a larger disk, and run the command again.',
  });
}
