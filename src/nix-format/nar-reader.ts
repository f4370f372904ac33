/**
 * Reads the Nix archive format (grammar: nar-writer.ts). Any deviation, including unsorted entries and non-zero padding, is an error.
 */
import { BootflakeError } from '../base/errors.ts';
import { nameOfBytes } from '../tree/byte-name.ts';
import { LONGEST_NAME, shownBytes, shownName } from '../tree/file-name.ts';
import { bytesSource, directory, file, symlink, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';
import { LONGEST_TARGET } from '../tree/symlink-target.ts';

/** The source of the archive's bytes. */
export interface NarInput {
  /** Returns exactly `length` bytes, or throws. The bytes stay valid until the next call. */
  read(length: number): Uint8Array;
  /** The number of bytes left, if known: a file that claims more is refused before anything is allocated. */
  left?(): number;
}

/** Receives the contents of an archive, depth first. Names are bytes. */
export interface NarVisitor {
  beginFile(size: number, executable: boolean): void;
  contents(bytes: Uint8Array): void;
  endFile(): void;
  symlink(target: Uint8Array): void;
  beginDirectory(): void;
  beginEntry(name: Uint8Array): void;
  endEntry(): void;
  endDirectory(): void;
}

const PIECE = 1 << 18;
/** Bytes of the longest word of the grammar, 'nix-archive-1', and some more to quote a wrong one. */
const MOST_WORD = 32;
/** The maximum length of a path within the archive, well below Linux's limit, as the path of its folder comes before it. */
const MOST_PATH = 3072;
/** The maximum nesting of folders: code that walks trees is recursive. */
const MOST_DEPTH = 1024;
/** The maximum number of entries of all folders. The largest sources have half a million. */
const MOST_ENTRIES = 1 << 22;

/**
 * Reads one archive from `input` and passes its contents to `visitor`. Rejects names and symlink targets that no file system accepts, more
 * than 1,024 nested folders and more than 4,194,304 entries. Throws `nix-format/bad-nar`, and what `input` and `visitor` throw.
 */
export function visitNar(input: NarInput, visitor: NarVisitor): void {
  new NarParser(input, visitor).archive();
}

/**
 * Returns the archive as a FileTree; files are 0644 or 0755, contents are views of `bytes`. Throws `nix-format/bad-nar`.
 */
export function readNar(bytes: Uint8Array): FileNode {
  const input = new MemoryInput(bytes);
  const builder = new TreeBuilder(input);
  visitNar(input, builder);
  if (input.left() > 0) throw badNar(`${input.left()} bytes follow its end`);
  return builder.root!;
}

class MemoryInput implements NarInput {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  read(length: number): Uint8Array {
    if (length > this.left()) throw badNar(`it ends at byte ${this.bytes.length}, ${length - this.left()} bytes early`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  left(): number {
    return this.bytes.length - this.at;
  }

  /** Returns the next bytes without consuming them. */
  ahead(length: number): Uint8Array {
    return this.bytes.subarray(this.at, this.at + length);
  }
}

class NarParser {
  private depth = 0;
  private pathLength = 0;
  private entries = 0;

  constructor(
    private readonly input: NarInput,
    private readonly visitor: NarVisitor,
  ) {}

  archive(): void {
    this.expect('nix-archive-1');
    this.node();
  }

  private node(): void {
    this.expect('(');
    this.expect('type');
    const type = this.word();
    if (type === 'regular') this.regular();
    else if (type === 'symlink') {
      this.expect('target');
      this.visitor.symlink(this.target());
      this.expect(')');
    } else if (type === 'directory') this.directory();
    else throw badNar(`a node is of the unknown type ${shownName(type)}`);
  }

  private regular(): void {
    let word = this.word();
    const executable = word === 'executable';
    if (executable) {
      this.expect('');
      word = this.word();
    }
    if (word !== 'contents') throw badNar(`'contents' was expected, not ${shownName(word)}`);
    const size = this.length();
    const left = this.input.left?.() ?? Infinity;
    if (size > left) throw badNar(`a file of ${size} bytes begins where ${left} are left`);
    this.visitor.beginFile(size, executable);
    for (let at = 0; at < size; at += PIECE) this.visitor.contents(this.input.read(Math.min(size - at, PIECE)));
    this.padding(size);
    this.visitor.endFile();
    this.expect(')');
  }

  private directory(): void {
    this.depth += 1;
    if (this.depth > MOST_DEPTH) throw badNar(`more than ${MOST_DEPTH} folders lie in each other`);
    this.visitor.beginDirectory();
    let previous: Buffer | undefined;
    for (;;) {
      const word = this.word();
      if (word === ')') break;
      if (word !== 'entry') throw badNar(`'entry' or ')' was expected, not ${shownName(word)}`);
      previous = this.entry(previous);
    }
    this.visitor.endDirectory();
    this.depth -= 1;
  }

  /** Reads an entry and returns its name. */
  private entry(previous: Buffer | undefined): Buffer {
    this.entries += 1;
    if (this.entries > MOST_ENTRIES) throw badNar(`it has more than ${MOST_ENTRIES} entries`);
    this.expect('(');
    this.expect('name');
    const name = this.token(LONGEST_NAME, 'name');
    checkEntryName(name, previous);
    this.pathLength += name.length + 1;
    if (this.pathLength > MOST_PATH) throw badNar(`a path in it has more than ${MOST_PATH} bytes`);
    this.expect('node');
    this.visitor.beginEntry(name);
    this.node();
    this.visitor.endEntry();
    this.expect(')');
    this.pathLength -= name.length + 1;
    return name;
  }

  private target(): Buffer {
    const target = this.token(LONGEST_TARGET, 'link target');
    if (target.length === 0 || target.includes(0)) throw badNar(`the link target ${shownBytes(target)} is not allowed`);
    return target;
  }

  private length(): number {
    const bytes = this.input.read(8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    const high = view.getUint32(4, true);
    if (high >= 1 << 20) throw badNar('a length passes 2^52');
    return high * 0x1_0000_0000 + view.getUint32(0, true);
  }

  private token(most: number, what: string): Buffer {
    const length = this.length();
    if (length > most) throw badNar(`a ${what} has ${length} bytes, more than ${most}`);
    const bytes = Buffer.from(this.input.read(length));
    this.padding(length);
    return bytes;
  }

  private word(): string {
    return this.token(MOST_WORD, 'word').toString('latin1');
  }

  private expect(word: string): void {
    const found = this.word();
    if (found !== word) throw badNar(`'${word}' was expected, not ${shownName(found)}`);
  }

  private padding(size: number): void {
    const length = (8 - (size % 8)) % 8;
    if (length > 0 && this.input.read(length).some((byte) => byte !== 0)) throw badNar('its padding is not zero');
  }
}

/** As in Nix: a name is one path component, and the names of a folder are in ascending byte order. */
function checkEntryName(name: Buffer, previous: Buffer | undefined): void {
  const text = name.toString('latin1');
  if (text === '' || text === '.' || text === '..' || text.includes('/') || text.includes('\0')) {
    throw badNar(`the entry name ${shownBytes(name)} is not allowed`);
  }
  if (previous && Buffer.compare(previous, name) >= 0) throw badNar(`the entry ${shownBytes(name)} is out of order`);
}

/** Makes FileTree nodes from the contents of an archive. */
class TreeBuilder implements NarVisitor {
  root: FileNode | undefined;
  private readonly stack: { node: DirectoryNode; name: string }[] = [];
  private bytes: Uint8Array = new Uint8Array(0);
  private executable = false;

  constructor(private readonly input: MemoryInput) {}

  beginFile(size: number, executable: boolean): void {
    this.bytes = this.input.ahead(size);
    this.executable = executable;
  }

  contents(): void {}

  endFile(): void {
    this.place(file(bytesSource(this.bytes), this.executable ? 0o755 : 0o644));
  }

  symlink(target: Uint8Array): void {
    this.place(symlink(nameOfBytes(target)));
  }

  beginDirectory(): void {
    const node = directory();
    this.place(node);
    this.stack.push({ node, name: '' });
  }

  beginEntry(name: Uint8Array): void {
    this.stack[this.stack.length - 1]!.name = nameOfBytes(name);
  }

  endEntry(): void {}

  endDirectory(): void {
    this.stack.pop();
  }

  private place(node: FileNode): void {
    const top = this.stack[this.stack.length - 1];
    if (top) top.node.entries.set(top.name, node);
    else this.root = node;
  }
}

function badNar(why: string): BootflakeError {
  return new BootflakeError({ code: 'nix-format/bad-nar', message: `this is not a valid Nix archive: ${why}` });
}
