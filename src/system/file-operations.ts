/** The synchronous file operations of the store. A missing file is part of their results, not an exception. */
import fs from 'node:fs';
import { dirname } from 'node:path';
import { besideName } from './beside-name.ts';
import { filePath, linkTargetOf } from './byte-paths.ts';

export interface FileFacts {
  type: 'regular' | 'directory' | 'symlink' | 'other';
  /** Bytes. */
  size: number;
  mode: number;
  modifiedMs: number;
  /** 0 where the file system does not know. */
  bornMs: number;
  inode: number;
  device: number;
}

/** Returns the facts of the file itself, not of a symlink's target; undefined when there is none. */
export function fileFacts(path: string): FileFacts | undefined {
  try {
    const stat = fs.lstatSync(filePath(path), { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const type = stat.isFile() ? 'regular' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'other';
    const { size, mtimeMs: modifiedMs, birthtimeMs: bornMs, ino: inode, dev: device } = stat;
    return { type, size, mode: stat.mode & 0o7777, modifiedMs, bornMs, inode, device };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Bytes that a file takes on its disk: less than its size if it is sparse. */
export function usedBytes(path: string): number {
  return fs.lstatSync(filePath(path)).blocks * 512;
}

export function fileExists(path: string): boolean {
  return fileFacts(path) !== undefined;
}

export function isReadableAndWritable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.R_OK | fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Reads a file as text. `encoding` defaults to one char per byte. */
export function readText(path: string, encoding: 'latin1' | 'utf8' = 'latin1'): string | undefined {
  // Checked first: an exception costs ten times as much as a system call.
  if (!fs.existsSync(path)) return undefined;
  try {
    return fs.readFileSync(path, encoding);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** undefined when there is no file. */
export function readBytes(path: string): Uint8Array | undefined {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Returns the names in a directory, sorted; none if there is no directory. */
export function listNames(path: string): string[] {
  try {
    return fs.readdirSync(path).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export function readSymlink(path: string): string {
  return linkTargetOf(path);
}

/**
 * Makes a directory and its parents. Node's own recursive mkdir never returns when the kernel reports an existing parent as missing (below
 * /proc), so each is made by its own call. Throws the system's error, but not for an existing directory.
 */
export function makeDirectories(path: string, mode = 0o777): void {
  try {
    fs.mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') {
      if (isDirectory(path)) return;
      throw error;
    }
    const parent = dirname(path);
    if (parent === path || isDirectory(parent)) throw error;
    makeDirectories(parent, mode);
    makeOne(path, mode);
  }
}

/** Another process may make it at the same time. */
function makeOne(path: string, mode: number): void {
  try {
    fs.mkdirSync(path, { mode });
  } catch (error) {
    if (!isDirectory(path)) throw error;
  }
}

/** Follows links. */
function isDirectory(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Makes a new folder, accessible to this user only, with a random suffix after `beginning`. Makes its parents. Returns its path. */
export function makePrivateFolder(beginning: string): string {
  makeDirectories(dirname(beginning));
  return fs.mkdtempSync(beginning);
}

/** Makes a file of zeros, which takes no space. Throws when it exists. */
export function makeSparseFile(path: string, size: number): void {
  const file = fs.openSync(path, 'wx', 0o600);
  try {
    fs.ftruncateSync(file, size);
  } finally {
    fs.closeSync(file);
  }
}

export function makeSymlink(target: string, path: string): void {
  fs.symlinkSync(target, path);
}

/** Removes one file or an empty directory; ignores a missing file and a non-empty directory. */
export function removeEntry(path: string): void {
  try {
    if (fileFacts(path)?.type === 'directory') fs.rmdirSync(path);
    else fs.rmSync(path, { force: true });
  } catch (error) {
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

/** Writes a file anew. Makes the folder if it is missing. */
export function writeBytes(path: string, contents: Uint8Array): void {
  makeDirectories(dirname(path));
  fs.writeFileSync(path, contents);
}

export function copyFile(from: string, to: string): void {
  fs.copyFileSync(from, to);
  fs.chmodSync(to, 0o644);
}

/** Up to `length` bytes from a file's beginning. */
export function readBeginning(path: string, length: number): Uint8Array {
  const fd = fs.openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, fs.readSync(fd, buffer, 0, length, 0));
  } finally {
    fs.closeSync(fd);
  }
}

/** Returns the file's path with every symlink followed; undefined when there is no file. */
export function canonicalPath(path: string): string | undefined {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Replaces a symlink atomically. Returns false, changing nothing, when something else is there. */
export function replaceSymlink(target: string, path: string): boolean {
  const present = fileFacts(path);
  if (present !== undefined && present.type !== 'symlink') return false;
  if (present !== undefined && fs.readlinkSync(path) === target) return true;
  const beside = besideName(path, 'new');
  // A killed process of this id may have left one.
  fs.rmSync(beside, { force: true });
  try {
    fs.symlinkSync(target, beside);
    fs.renameSync(beside, path);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    // Report the link, which the user knows, not the temporary name.
    throw Object.assign(error as Error, { syscall: 'symlink', path: target, dest: path });
  }
  return true;
}

/**
 * Renames within a file system. A read-only directory must be writable for that if its parent changes; its mode and time (canonical: 0555,
 * 1 s) are restored afterwards.
 */
export function moveCanonical(from: string, to: string): void {
  if (fileFacts(from)?.type !== 'directory') return fs.renameSync(from, to);
  fs.chmodSync(from, 0o755);
  fs.renameSync(from, to);
  fs.chmodSync(to, 0o555);
  fs.utimesSync(to, 1, 1);
}

/** Moves a tree away from its canonical place, to be removed. Returns false when there is none. */
export function moveAway(from: string, to: string): boolean {
  const type = fileFacts(from)?.type;
  if (type === undefined) return false;
  // A directory that changes its parent must be writable.
  if (type === 'directory') fs.chmodSync(from, 0o755);
  fs.renameSync(from, to);
  return true;
}

/** Says what an unprivileged user may still write on the file system of `path`; undefined when the host does not report it. */
export function spaceLeft(path: string): string | undefined {
  try {
    const { bavail, bsize, files, ffree } = fs.statfsSync(path);
    // File systems without a fixed number of files report none. What was half made may be removed already.
    if (files > 0 && ffree < Math.min(64, files / 10)) return `${ffree} more files can be made (df -i)`;
    return `${((bavail * bsize) / 1048576).toFixed(1)} MiB are free`;
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
