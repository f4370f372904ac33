/**
 * Files by their logical paths: `/nix/store/...` is below the store's root, any other path is that of the host. Symlinks are followed here,
 * not by the kernel, as a link in the store may point into the store. Paths and contents are byte strings (one char per byte).
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  type Dirent,
  type Stats,
} from 'node:fs';
import { specialKind } from '../system/special-file.ts';

const storePrefix = '/nix/store/';
const MOST_LINKS = 64;

export type FileKind = 'regular' | 'directory' | 'symlink' | 'unknown';

export class LogicalFiles {
  private readonly rootBytes: string;
  /** Folders and their targets, so that a program's view of the files does not change while it runs. */
  private readonly folders = new Map<string, string>();

  /** `allow` is called for every path used, after its symlinks were followed; it throws if the path is forbidden. */
  constructor(
    storeRoot: string,
    private readonly allow: (path: string) => void,
  ) {
    this.rootBytes = Buffer.from(storeRoot === '/' ? '' : storeRoot, 'utf8').toString('latin1');
  }

  /** Forgets the folders seen. */
  forget(): void {
    this.folders.clear();
  }

  /** Returns the physical path for system calls. */
  physical(path: string): string | Buffer {
    const bytes = path.startsWith(storePrefix) || path === '/nix/store' ? this.rootBytes + path : path;
    return /^[\x00-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1');
  }

  readFile(path: string): string {
    return readRegular(this.physical(this.resolve(path))).toString('latin1');
  }

  /** Faster than `read` for what is almost always a plain file; a symlink at the end is detected by the failed open. */
  readSource(path: string): Buffer {
    const inFolder = this.resolveFolders(path);
    try {
      return readRegular(this.physical(inFolder), constants.O_NOFOLLOW);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOOP') throw error;
      return Buffer.from(this.readFile(path), 'latin1');
    }
  }

  list(path: string): Map<string, FileKind> {
    const resolved = this.resolve(path);
    // The system also reports ENOTDIR for a path below a file.
    if (!this.status(resolved)) throw Object.assign(new Error(`no such file or directory: ${resolved}`), { code: 'ENOENT' });
    const entries = readdirSync(this.physical(resolved), { withFileTypes: true, encoding: 'latin1' as BufferEncoding }) as Dirent[];
    return new Map(entries.map((entry) => [entry.name, kindOf(entry)]));
  }

  /** undefined when nothing is there. Does not follow a symlink at the end. */
  kind(path: string): FileKind | undefined {
    const inFolder = this.resolveFolders(path);
    const status = this.status(inFolder);
    return status && kindOf(status);
  }

  readLink(path: string): string {
    const inFolder = this.resolveFolders(path);
    return readlinkSync(this.physical(inFolder), 'latin1');
  }

  /** The path with every symlink followed. */
  resolve(path: string): string {
    const resolved = this.follow(path, 0);
    this.allow(resolved);
    return resolved;
  }

  /** The path with every symlink followed except one at the end. */
  resolveFolders(path: string): string {
    const inFolder = this.throughFolders(path);
    this.allow(inFolder);
    return inFolder;
  }

  private follow(path: string, links: number): string {
    const inFolder = this.throughFolders(path, links);
    if (this.status(inFolder)?.isSymbolicLink() !== true) return inFolder;
    if (links > MOST_LINKS) throw Object.assign(new Error(`too many levels of symbolic links: ${path}`), { code: 'ELOOP' });
    this.allow(inFolder);
    const target = readlinkSync(this.physical(inFolder), 'latin1');
    return this.follow(normalize(target.startsWith('/') ? target : `${parentOf(inFolder)}/${target}`), links + 1);
  }

  /** Follows the symlinks of all parts but the last. */
  private throughFolders(given: string, links = 0): string {
    // The kernel would follow `..` after a link, and leave the allowed paths.
    const path = given.includes('/.') && /\/\.\.?(?:\/|$)/.test(given) ? normalize(given) : given;
    const slash = path.lastIndexOf('/');
    if (slash <= 0 || isStorePath(path)) return path;
    const folder = path.slice(0, slash);
    let resolved = this.folders.get(folder);
    if (resolved === undefined) {
      resolved = this.follow(folder, links);
      if (this.status(resolved)) this.folders.set(folder, resolved);
    }
    return resolved === folder ? path : `${resolved === '/' ? '' : resolved}${path.slice(slash)}`;
  }

  private status(path: string): Stats | undefined {
    try {
      return lstatSync(this.physical(path), { throwIfNoEntry: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
      throw error;
    }
  }
}

/** Opens without waiting for the other end of a pipe. Throws with the code `ESPECIAL` unless it is a regular file. */
function readRegular(path: string | Buffer, flags = 0): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
  try {
    const kind = specialKind(fstatSync(fd));
    if (kind !== undefined) throw Object.assign(new Error(`it is ${kind}, not a regular file`), { code: 'ESPECIAL' });
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isStorePath(path: string): boolean {
  return path === '/nix' || path === '/nix/store' || (path.startsWith(storePrefix) && path.indexOf('/', storePrefix.length) < 0);
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function kindOf(entry: Dirent | Stats): FileKind {
  return entry.isFile() ? 'regular' : entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'symlink' : 'unknown';
}
