/**
 * What is in large store paths: their names, modes, sizes, links, and which files they are on the disk, so that the next image need not ask
 * for the status of every file. One checked file per path in `<root>/nix/var/bootflake/trees`; a lost one costs time, never a result.
 *
 *     part = length of the key (32 bits), length of the text (32 bits), key, text, columns
 *     key = the path, its hash, and which directory its root is
 *     text = names and targets of symlinks in the order of a walk, separated by NUL
 *     columns = VALUES numbers (64-bit floating point) for each node
 *
 * A walk visits a directory, then its entries in their order.
 */
import { readChecked, writeChecked } from '../kept/checked-file.ts';
import { fileFacts, listNames, makeDirectories, removeEntry } from '../system/file-operations.ts';
import { FileSource } from '../system/file-source.ts';
import { linksOn, type HardLinks } from '../system/read-tree.ts';
import type { FileNode } from '../tree/file-tree.ts';
import type { ValidPathInfo } from './store.ts';

const KIND = { name: 'store tree', schema: 1 };
const LEAST_NODES = 256;
const MOST_NODES = 4e6;
/** So many trees are remembered. */
const MOST = 64;

const TYPE = { directory: 0, regular: 1, symlink: 2 } as const;
/** Type and mode; the size or the number of entries; then a file's facts as in FileSource: device, inode, birth, change. */
const VALUES = 6;

interface TreeStore {
  queryPathInfo(path: string): ValidPathInfo | undefined;
  realPath(path: string): string;
}

export class TreeRecords {
  constructor(
    private readonly folder: string,
    private readonly store: TreeStore,
  ) {}

  /** The tree of a store path as `readTree` would read it with `hardLinks` and `identify`; undefined when it is not known. */
  find(path: string, hardLinks: HardLinks): FileNode | undefined {
    const key = this.keyOf(path);
    const bytes = key && readChecked(this.fileOf(path), KIND);
    if (!bytes) return undefined;
    const keyLength = bytes.readUInt32LE(0);
    if (bytes.toString('utf8', 8, 8 + keyLength) !== key) return undefined;
    const textLength = bytes.readUInt32LE(4);
    const texts = bytes.toString('utf8', 8 + keyLength, 8 + keyLength + textLength).split('\0');
    const rest = bytes.subarray(8 + keyLength + textLength);
    // Aligned for numbers of 64 bits.
    const columns = new Float64Array(rest.buffer.slice(rest.byteOffset, rest.byteOffset + rest.length));
    return new TreeReader(texts, columns, hardLinks).read(this.store.realPath(path));
  }

  /** Remembers a tree that was read with `hardLinks` and `identify`. Never throws: a store that cannot be written to keeps no records. */
  add(path: string, root: FileNode, hardLinks: HardLinks): void {
    const key = this.keyOf(path);
    if (key === undefined || !isLarge(root)) return;
    const listing = new TreeWriter(linkedSymlinks(hardLinks)).list(root);
    if (listing === undefined) return;
    try {
      makeDirectories(this.folder);
      const head = Buffer.alloc(8);
      head.writeUInt32LE(Buffer.byteLength(key), 0);
      head.writeUInt32LE(listing.text.length, 4);
      const { columns } = listing;
      const numbers = Buffer.from(columns.buffer, columns.byteOffset, columns.byteLength);
      writeChecked(this.fileOf(path), KIND, [Buffer.concat([head, Buffer.from(key, 'utf8'), listing.text, numbers])]);
      const times = listNames(this.folder).map((name) => {
        const file = `${this.folder}/${name}`;
        return { file, time: fileFacts(file)?.modifiedMs ?? 0 };
      });
      for (const { file } of times.sort((a, b) => b.time - a.time).slice(MOST)) removeEntry(file);
    } catch {
      // The tree is read again.
    }
  }

  private fileOf(path: string): string {
    return `${this.folder}/${path.slice(path.lastIndexOf('/') + 1)}.kept`;
  }

  /** A path that is replaced has another directory as its root. */
  private keyOf(path: string): string | undefined {
    const facts = fileFacts(this.store.realPath(path));
    const narHash = this.store.queryPathInfo(path)?.narHash;
    if (facts?.type !== 'directory' || narHash === undefined) return undefined;
    return `${path} ${narHash} ${facts.device}:${facts.inode}:${facts.bornMs}:${facts.modifiedMs}`;
  }
}

/** Smaller trees are read as fast. */
function isLarge(root: FileNode): boolean {
  let left = LEAST_NODES;
  const visit = (node: FileNode): boolean => {
    left -= 1;
    if (node.type === 'directory') for (const child of node.entries.values()) if (left <= 0 || visit(child)) return true;
    return left <= 0;
  };
  return visit(root);
}

/** Symlinks with several names, which a listing cannot tell from others. */
function linkedSymlinks(hardLinks: HardLinks): Set<FileNode> {
  const found = new Set<FileNode>();
  for (const links of hardLinks.values()) for (const node of links.values()) if (node.type === 'symlink') found.add(node);
  return found;
}

class TreeWriter {
  private readonly texts: string[] = [];
  private readonly values: number[] = [];

  constructor(private readonly linked: Set<FileNode>) {}

  /** Undefined for a tree that cannot be listed. */
  list(root: FileNode): { text: Buffer; columns: Float64Array } | undefined {
    if (!this.add(root)) return undefined;
    if (this.values.length / VALUES > MOST_NODES) return undefined;
    const text = this.texts.join('\0');
    const bytes = Buffer.from(text, 'utf8');
    // A name that is no UTF-8 would become another one.
    return bytes.toString('utf8') === text ? { text: bytes, columns: Float64Array.from(this.values) } : undefined;
  }

  private add(node: FileNode): boolean {
    const { values, texts } = this;
    const kind = TYPE[node.type] * 2 ** 16 + node.mode;
    if (node.type === 'symlink') {
      if (this.linked.has(node)) return false;
      texts.push(node.target);
      values.push(kind, 0, 0, 0, 0, 0);
      return true;
    }
    if (node.type === 'regular') {
      const { contents } = node;
      if (!(contents instanceof FileSource) || !contents.facts) return false;
      const { facts, factsAt: at, size } = contents;
      values.push(kind, size, facts[at]!, facts[at + 1]!, facts[at + 2]!, facts[at + 3]!);
      return true;
    }
    values.push(kind, node.entries.size, 0, 0, 0, 0);
    for (const [name, child] of node.entries) {
      texts.push(name);
      if (!this.add(child)) return false;
    }
    return true;
  }
}

class TreeReader {
  private text = 0;
  private at = 0;
  private links: Map<number, FileNode> | undefined;
  private device = NaN;

  constructor(
    private readonly texts: string[],
    private readonly columns: Float64Array,
    private readonly hardLinks: HardLinks,
  ) {}

  read(path: string): FileNode {
    const { columns, at } = this;
    this.at += VALUES;
    const kind = columns[at]!;
    const type = Math.floor(kind / 2 ** 16);
    const mode = kind % 2 ** 16;
    if (type === TYPE.symlink) return { type: 'symlink', mode, uid: 0, gid: 0, target: this.texts[this.text++]! };
    if (type === TYPE.regular) return this.file(path, mode, at);
    const entries = new Map<string, FileNode>();
    for (let left = columns[at + 1]!; left > 0; left--) {
      const name = this.texts[this.text++]!;
      entries.set(name, this.read(`${path}/${name}`));
    }
    return { type: 'directory', mode, uid: 0, gid: 0, entries };
  }

  private file(path: string, mode: number, at: number): FileNode {
    const { columns } = this;
    const [device, inode] = [columns[at + 2]!, columns[at + 3]!];
    if (device !== this.device) {
      this.device = device;
      this.links = linksOn(device, this.hardLinks);
    }
    const known = this.links!.get(inode);
    if (known) return known;
    const node: FileNode = { type: 'regular', mode, uid: 0, gid: 0, contents: new FileSource(path, columns[at + 1]!, columns, at + 2) };
    this.links!.set(inode, node);
    return node;
  }
}
