/** Writes files in the store's form, with as few system calls as possible: modes 0444 and 0555, times 1 s after the epoch. */
import fs from 'node:fs';
import { filePath } from '../system/byte-paths.ts';
import { hasOddBytes } from '../tree/byte-name.ts';
import { checkSymlinkTarget } from '../tree/symlink-target.ts';

/** Of all files of the store, in seconds since 1970. */
export const STORE_TIME = 1;

/** Whether this process's umask leaves 0444 as it is; determined by the first file written. */
let modesHold: boolean | undefined;

/** `path` must not exist. */
export function writeCanonicalFile(path: string, bytes: Uint8Array, executable: boolean): void {
  writeCanonicalPieces(path, [bytes], executable);
}

/** The same for contents in pieces. */
export function writeCanonicalPieces(path: string, pieces: Iterable<Uint8Array>, executable: boolean): void {
  const file = new CanonicalFile(path, executable);
  try {
    for (const bytes of pieces) file.write(bytes);
    file.finish();
  } finally {
    file.close();
  }
}

/** A file written piece by piece. `path` must not exist; its name may be any bytes (tree/byte-name.ts). */
export class CanonicalFile {
  private readonly mode: number;
  private fd: number | undefined;

  constructor(path: string, executable: boolean) {
    this.mode = executable ? 0o555 : 0o444;
    this.fd = fs.openSync(filePath(path), 'wx', this.mode);
  }

  write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(this.fd!, bytes, done, bytes.length - done);
  }

  /** Makes the file canonical and closes it. */
  finish(): void {
    const fd = this.fd!;
    modesHold ??= (fs.fstatSync(fd).mode & 0o777) === this.mode;
    if (!modesHold) fs.fchmodSync(fd, this.mode);
    fs.futimesSync(fd, STORE_TIME, STORE_TIME);
    this.close();
  }

  /** Does nothing after `finish`. */
  close(): void {
    if (this.fd !== undefined) fs.closeSync(this.fd);
    this.fd = undefined;
  }
}

export function writeCanonicalSymlink(path: string, target: string): void {
  checkSymlinkTarget(target, path);
  fs.symlinkSync(target, path);
  fs.lutimesSync(path, STORE_TIME, STORE_TIME);
}

/** The same where name and target may be any bytes (tree/byte-name.ts). */
export function writeCanonicalByteSymlink(path: string, target: string): void {
  if (!hasOddBytes(target)) checkSymlinkTarget(target, path);
  const place = filePath(path);
  fs.symlinkSync(filePath(target), place);
  fs.lutimesSync(place, STORE_TIME, STORE_TIME);
}

/** Makes `path` a hard link to the file `present`. */
export function linkFile(present: string, path: string): void {
  fs.linkSync(present, path);
}

/** Makes a directory, to be filled by the caller. */
export function beginDirectory(path: string): void {
  fs.mkdirSync(filePath(path), 0o755);
}

/** Makes a filled directory canonical. */
export function endDirectory(path: string): void {
  const place = filePath(path);
  fs.chmodSync(place, 0o555);
  fs.utimesSync(place, STORE_TIME, STORE_TIME);
}
