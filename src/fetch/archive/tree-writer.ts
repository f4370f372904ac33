/**
 * Writes an archive's members to the store's temporary folder as they arrive, so that no contents stay in memory. The writer itself records
 * which folders exist and never consults the file system: a symlink in an archive is not followed.
 */
import { lstatSync, readlinkSync, rmSync } from 'node:fs';
import type { Tally } from '../../archive/limits.ts';
import { beginDirectory, endDirectory, linkFile, writeCanonicalPieces, writeCanonicalSymlink } from '../../store/canonical-files.ts';
import { removeTree } from '../../store/physical-tree.ts';

type Entry = Folder | 'file' | 'symlink';
type Folder = Map<string, Entry>;

/** Bytes. Linux's limits for a name and a symlink target, and well below its limit for a path. */
const [MOST_NAME, MOST_TARGET, MOST_PATH] = [255, 4095, 3072];
const MOST_DEPTH = 256;

/** A member that no tree can contain, or that would be outside it. */
export class BadMember extends Error {}

export class TreeWriter {
  private readonly root: Folder = new Map();

  /** `folder` must not exist. */
  constructor(
    private readonly folder: string,
    private readonly tally: Tally,
  ) {
    beginDirectory(folder);
  }

  directory(path: string): void {
    const at = this.parentOf(path);
    if (!at || at.parent.get(at.name) instanceof Map) return;
    this.makeRoom(at);
    beginDirectory(at.file);
    at.parent.set(at.name, new Map());
  }

  symlink(path: string, target: string): void {
    const at = this.parentOf(path);
    if (!at) return;
    const length = Buffer.byteLength(target);
    if (length === 0 || length > MOST_TARGET || target.includes('\0'))
      throw new BadMember(`its symbolic link '${shown(path)}' has a target of ${length} bytes, or with a NUL`);
    this.makeRoom(at);
    writeCanonicalSymlink(at.file, target);
    at.parent.set(at.name, 'symlink');
  }

  file(path: string, executable: boolean, pieces: Iterable<Uint8Array>): void {
    const at = this.parentOf(path);
    if (!at) return;
    this.makeRoom(at);
    writeCanonicalPieces(at.file, this.counted(pieces), executable);
    at.parent.set(at.name, 'file');
  }

  /** Makes another name of the same file. */
  hardLink(path: string, target: string): void {
    const from = this.find(target);
    const at = this.parentOf(path);
    if (!at || from.file === at.file) return;
    if (from.file.startsWith(`${at.file}/`))
      throw new BadMember(`the hard link '${shown(path)}' in it takes the place of the folder of its file`);
    this.tally.addContents(lstatSync(from.file).size);
    this.makeRoom(at);
    if (from.entry === 'file') linkFile(from.file, at.file);
    else writeCanonicalSymlink(at.file, readlinkSync(from.file));
    at.parent.set(at.name, from.entry);
  }

  /** Makes the folders canonical. Returns the tree's path: a single top-level folder is stripped. */
  finish(): string {
    const seal = (file: string, entries: Folder): void => {
      for (const [name, entry] of entries) if (entry instanceof Map) seal(`${file}/${name}`, entry);
      endDirectory(file);
    };
    const [only, more] = [...this.root];
    const [file, entries] = only && only[1] instanceof Map && !more ? [`${this.folder}/${only[0]}`, only[1]] : [this.folder, this.root];
    seal(file, entries);
    return file;
  }

  private *counted(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const piece of pieces) {
      this.tally.addContents(piece.length);
      yield piece;
    }
  }

  /** Returns where a member goes, making the folders on the way; undefined for the root itself. */
  private parentOf(path: string): { parent: Folder; name: string; file: string } | undefined {
    const segments = segmentsOf(path);
    const name = segments.pop();
    if (name === undefined) return undefined;
    let parent = this.root;
    let file = this.folder;
    for (const segment of segments) {
      file += `/${segment}`;
      let next = parent.get(segment);
      if (next === undefined) {
        this.tally.addEntry();
        beginDirectory(file);
        parent.set(segment, (next = new Map()));
      }
      if (!(next instanceof Map)) throw new BadMember(`its member '${shown(path)}' lies in '${shown(segment)}', which is no folder`);
      parent = next;
    }
    this.tally.addEntry();
    return { parent, name, file: `${file}/${name}` };
  }

  /** A later member replaces an earlier one of the same name. */
  private makeRoom({ parent, name, file }: { parent: Folder; name: string; file: string }): void {
    const present = parent.get(name);
    if (present instanceof Map) removeTree(file);
    else if (present !== undefined) rmSync(file);
    parent.delete(name);
  }

  private find(path: string): { file: string; entry: 'file' | 'symlink' } {
    const segments = segmentsOf(path);
    let at: Entry | undefined = this.root;
    for (const segment of segments) at = at instanceof Map ? at.get(segment) : undefined;
    if (at === undefined || at instanceof Map) throw new BadMember(`a hard link in it names '${shown(path)}', which is no file in it`);
    return { file: [this.folder, ...segments].join('/'), entry: at };
  }
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((part) => part !== '' && part !== '.');
  // Nix lets `..` end at the root; no honest archive has it.
  if (segments.includes('..')) throw new BadMember(`its member '${shown(path)}' climbs out of the archive`);
  if (path.includes('\0')) throw new BadMember('a name in it has a NUL');
  const long = segments.find((segment) => Buffer.byteLength(segment) > MOST_NAME);
  if (long !== undefined)
    throw new BadMember(`the name '${shown(long)}' in it has ${Buffer.byteLength(long)} bytes, more than ${MOST_NAME}`);
  if (segments.length > MOST_DEPTH)
    throw new BadMember(`its member '${shown(path)}' lies ${segments.length} folders deep, more than ${MOST_DEPTH}`);
  if (Buffer.byteLength(path) > MOST_PATH)
    throw new BadMember(`its member '${shown(path)}' has a path of ${Buffer.byteLength(path)} bytes, more than ${MOST_PATH}`);
  return segments;
}

/** Truncates a name, so that it does not fill the screen. */
function shown(path: string): string {
  return path.length <= 80 ? path : `${path.slice(0, 40)}...${path.slice(-37)}`;
}
