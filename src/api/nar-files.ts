/** `bootflake nar`: archives in files. Only their tokens are in memory, never contents. */
import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { systemFacts } from '../base/system-errors.ts';
import { NarParser, type NarVisitor } from '../nix-format/nar-reader.ts';
import { passingNarPieces } from '../store/nar-pieces.ts';
import { nameOfBytes } from '../tree/byte-name.ts';
import type { ListedNode } from './listing.ts';

/**
 * Yields the archive of a file, symlink or folder of the host, in pieces that are valid until the next one. Throws `io/no-such-file` and
 * `io/special-file`.
 */
export function packNar(cwd: string, path: string): Iterable<Uint8Array> {
  return passingNarPieces(resolve(cwd, path));
}

/** Returns the node at a path in the archive. Throws `nix-format/bad-nar`, `nar/unreadable` and `nar/no-such-path`. */
export function findInNar(cwd: string, file: string, path: string): ListedNode {
  const tree = new NarTree();
  const parser: NarParser = new NarParser(tree);
  tree.position = () => parser.position;
  for (const piece of fileToEnd(resolve(cwd, file))) parser.push(piece);
  parser.end();
  let node: ListedNode | undefined = tree.root;
  for (const name of path.split('/').filter((part) => part !== '' && part !== '.'))
    node = node instanceof Folder ? node.children.get(name) : undefined;
  if (!node) throw new BootflakeError({ code: 'nar/no-such-path', message: `path '${path}' does not exist in '${file}'` });
  return node;
}

/** Yields the bytes of a regular file in the archive. Throws `nar/not-regular`, and what `findInNar` throws. */
export function* readInNar(cwd: string, file: string, path: string): Generator<Uint8Array> {
  const node = findInNar(cwd, file, path);
  if (node.type !== 'regular')
    throw new BootflakeError({ code: 'nar/not-regular', message: `NAR does not contain regular file '${path}'` });
  let left = node.size;
  let skipped = node.narOffset!;
  for (const piece of fileToEnd(resolve(cwd, file))) {
    const contents = piece.subarray(Math.min(skipped, piece.length), Math.min(skipped + left, piece.length));
    skipped -= Math.min(skipped, piece.length);
    left -= contents.length;
    if (contents.length > 0) yield contents;
    if (left === 0) return;
  }
}

class Folder {
  readonly type = 'directory';
  readonly children = new Map<string, ListedNode>();

  get entries(): Iterable<[string, () => ListedNode]> {
    return [...this.children].map(([name, node]) => [name, () => node]);
  }
}

class NarTree implements NarVisitor {
  root: ListedNode | undefined;
  position = (): number => 0;
  private readonly folders: Folder[] = [];
  private name = '';

  beginFile(size: number, executable: boolean): void {
    this.add({ type: 'regular', size, executable, narOffset: this.position() });
  }

  symlink(target: Uint8Array): void {
    this.add({ type: 'symlink', target: nameOfBytes(target) });
  }

  beginDirectory(): void {
    const folder = new Folder();
    this.add(folder);
    this.folders.push(folder);
  }

  beginEntry(name: Uint8Array): void {
    this.name = nameOfBytes(name);
  }

  endDirectory(): void {
    this.folders.pop();
  }

  contents(): void {}
  endFile(): void {}
  endEntry(): void {}

  private add(node: ListedNode): void {
    const folder = this.folders.at(-1);
    if (folder) folder.children.set(this.name, node);
    else this.root = node;
  }
}

const PIECE = 256 << 10;

/** The pieces are the caller's only until the next one. */
function* fileToEnd(path: string): Generator<Buffer> {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (!systemFacts(error)) throw error;
    throw new BootflakeError({ code: 'nar/unreadable', message: `'${path}' cannot be read: ${(error as Error).message}`, cause: error });
  }
  const buffer = Buffer.allocUnsafe(PIECE);
  try {
    for (let count: number; (count = readSync(file, buffer, 0, PIECE, null)) > 0; ) yield buffer.subarray(0, count);
  } finally {
    closeSync(file);
  }
}
