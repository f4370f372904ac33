/** Writes files in the store's form, with as few system calls as possible: modes 0444 and 0555, times 1 s after the epoch. */
import fs from 'node:fs';
import { checkSymlinkTarget } from '../tree/symlink-target.ts';

/** Whether this process's umask leaves 0444 as it is; determined by the first file written. */
let modesHold: boolean | undefined;

/** `path` must not exist. */
export function writeCanonicalFile(path: string, bytes: Uint8Array, executable: boolean): void {
  writeCanonicalPieces(path, [bytes], executable);
}

/** The same for contents in pieces. */
export function writeCanonicalPieces(path: string, pieces: Iterable<Uint8Array>, executable: boolean): void {
  const mode = executable ? 0o555 : 0o444;
  const fd = fs.openSync(path, 'wx', mode);
  try {
    for (const bytes of pieces) for (let done = 0; done < bytes.length; ) done += fs.writeSync(fd, bytes, done, bytes.length - done);
    modesHold ??= (fs.fstatSync(fd).mode & 0o777) === mode;
    if (!modesHold) fs.fchmodSync(fd, mode);
    fs.futimesSync(fd, 1, 1);
  } finally {
    fs.closeSync(fd);
  }
}

export function writeCanonicalSymlink(path: string, target: string): void {
  checkSymlinkTarget(target, path);
  fs.symlinkSync(target, path);
  fs.lutimesSync(path, 1, 1);
}

/** Makes `path` a hard link to the file `present`. */
export function linkFile(present: string, path: string): void {
  fs.linkSync(present, path);
}

/** Makes a directory, to be filled by the caller. */
export function beginDirectory(path: string): void {
  fs.mkdirSync(path, 0o755);
}

/** Makes a filled directory canonical. */
export function endDirectory(path: string): void {
  fs.chmodSync(path, 0o555);
  fs.utimesSync(path, 1, 1);
}
