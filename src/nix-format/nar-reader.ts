/**
 * Reads the Nix archive format (grammar: nar-writer.ts). Any deviation, including unsorted entries and non-zero padding, is an error.
 */
import { BootflakeError } from '../base/errors.ts';
import { nameOfBytes } from '../tree/byte-name.ts';
import { LONGEST_NAME, shownBytes, shownName } from '../tree/file-name.ts';
import { CLOSE, ENTRY, FILE_EXECUTABLE, FILE_PLAIN, NODE } from './nar-writer.ts';
import { bytesSource, directory, file, symlink, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';
import { LONGEST_TARGET } from '../tree/symlink-target.ts';

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
export const MOST_PATH = 3072;
/** The maximum nesting of folders: code that walks trees is recursive. */
export const MOST_DEPTH = 1024;
/** The maximum number of entries of all folders. The largest sources have half a million. */
const MOST_ENTRIES = 1 << 22;

/**
 * Returns the archive as a FileTree; files are 0644 or 0755, contents are views of `bytes`. Throws `nix-format/bad-nar`.
 */
export function readNar(bytes: Uint8Array): FileNode {
  const builder = new TreeBuilder(bytes);
  const parser = new NarParser(builder, (position) => bytes.length - position);
  parser.push(bytes);
  parser.end();
  return builder.root!;
}

/**
 * Reads an archive whose bytes are pushed in pieces of any length, and passes its contents to a visitor. The grammar is a generator, which
 * yields the number of bytes that it waits for; what is there already is read without leaving it. At most one token is held between two
 * pieces. Rejects names and symlink targets that no file system accepts, more than 1,024 nested folders and more than 4,194,304 entries.
 */
export class NarParser {
  /** The number of bytes that are read next; 0 at the end of the archive. */
  wanted: number;
  /** Fewer bytes than wanted can be read too: they are contents of a file. */
  private anyWillDo = false;
  private readonly grammar: Generator<number, void>;
  /** The pushed bytes; those before `at` are read. */
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  /** Bytes of the archive before `bytes`. */
  private before = 0;
  private depth = 0;
  private pathLength = 0;
  private entries = 0;

  /** `left`: how many bytes may follow a position, if known. A file that claims more is refused before any of it is read. */
  constructor(
    private readonly visitor: NarVisitor,
    private readonly left: (position: number) => number = () => Infinity,
  ) {
    this.grammar = this.archive();
    this.wanted = this.grammar.next().value ?? 0;
  }

  /** Where the next token begins, in bytes; in `beginFile`, where the contents begin. */
  get position(): number {
    return this.before + this.at;
  }

  /** Reads the next bytes of the archive; views of them are passed to the visitor. Throws `nix-format/bad-nar`, and what that throws. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    if (this.wanted === 0) throw badNar(`${chunk.length} bytes follow its end`);
    const rest = this.bytes.subarray(this.at);
    this.before += this.at;
    this.bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.at = 0;
    if (chunk.length < this.wanted && !this.anyWillDo) {
      this.wanted -= chunk.length;
      return;
    }
    this.wanted = this.grammar.next().value ?? 0;
    if (this.wanted === 0 && this.at < this.bytes.length) throw badNar(`${this.bytes.length - this.at} bytes follow its end`);
  }

  /** Throws `nix-format/bad-nar` when the archive is not complete. */
  end(): void {
    if (this.wanted > 0) throw badNar(`it ends at byte ${this.before + this.bytes.length}, ${this.wanted} bytes early`);
  }

  private *archive(): Generator<number, void> {
    this.expect('nix-archive-1', this.word() ?? (yield* this.waitForWord()));
    yield* this.node();
  }

  private *node(): Generator<number, void> {
    if (this.skip(FILE_PLAIN)) return yield* this.contents(false);
    if (this.skip(FILE_EXECUTABLE)) return yield* this.contents(true);
    this.expect('(', this.word() ?? (yield* this.waitForWord()));
    this.expect('type', this.word() ?? (yield* this.waitForWord()));
    const type = this.word() ?? (yield* this.waitForWord());
    if (type === 'regular') yield* this.regular();
    else if (type === 'symlink') {
      this.expect('target', this.word() ?? (yield* this.waitForWord()));
      const target = this.token(LONGEST_TARGET, 'link target') ?? (yield* this.waitForToken(LONGEST_TARGET, 'link target'));
      checkTarget(target);
      this.visitor.symlink(target);
      this.expect(')', this.word() ?? (yield* this.waitForWord()));
    } else if (type === 'directory') yield* this.directory();
    else throw badNar(`a node is of the unknown type ${shownName(type)}`);
  }

  private *regular(): Generator<number, void> {
    let word = this.word() ?? (yield* this.waitForWord());
    const executable = word === 'executable';
    if (executable) {
      this.expect('', this.word() ?? (yield* this.waitForWord()));
      word = this.word() ?? (yield* this.waitForWord());
    }
    if (word !== 'contents') throw badNar(`'contents' was expected, not ${shownName(word)}`);
    yield* this.contents(executable);
  }

  private *contents(executable: boolean): Generator<number, void> {
    while (this.missing(8) > 0) yield this.missing(8);
    const size = this.length();
    const left = this.left(this.position);
    if (size > left) throw badNar(`a file of ${size} bytes begins where ${left} are left`);
    this.visitor.beginFile(size, executable);
    for (let unread = size; unread > 0; ) {
      if (this.at === this.bytes.length) {
        this.anyWillDo = true;
        yield Math.min(unread, PIECE);
        this.anyWillDo = false;
      }
      const piece = this.take(Math.min(unread, PIECE, this.bytes.length - this.at));
      unread -= piece.length;
      this.visitor.contents(piece);
    }
    const padding = paddingOf(size);
    while (this.missing(padding) > 0) yield this.missing(padding);
    this.padding(padding);
    this.visitor.endFile();
    if (!this.skip(CLOSE)) this.expect(')', this.word() ?? (yield* this.waitForWord()));
  }

  private *directory(): Generator<number, void> {
    this.depth += 1;
    if (this.depth > MOST_DEPTH) throw badNar(`more than ${MOST_DEPTH} folders lie in each other`);
    this.visitor.beginDirectory();
    let previous: Buffer | undefined;
    for (;;) {
      if (!this.skip(ENTRY)) {
        const word = this.word() ?? (yield* this.waitForWord());
        if (word === ')') break;
        if (word !== 'entry') throw badNar(`'entry' or ')' was expected, not ${shownName(word)}`);
        this.expect('(', this.word() ?? (yield* this.waitForWord()));
        this.expect('name', this.word() ?? (yield* this.waitForWord()));
      }
      this.entries += 1;
      if (this.entries > MOST_ENTRIES) throw badNar(`it has more than ${MOST_ENTRIES} entries`);
      const name = this.token(LONGEST_NAME, 'name') ?? (yield* this.waitForToken(LONGEST_NAME, 'name'));
      checkEntryName(name, previous);
      previous = name;
      this.pathLength += name.length + 1;
      if (this.pathLength > MOST_PATH) throw badNar(`a path in it has more than ${MOST_PATH} bytes`);
      if (!this.skip(NODE)) this.expect('node', this.word() ?? (yield* this.waitForWord()));
      this.visitor.beginEntry(name);
      yield* this.node();
      this.visitor.endEntry();
      if (!this.skip(CLOSE)) this.expect(')', this.word() ?? (yield* this.waitForWord()));
      this.pathLength -= name.length + 1;
    }
    this.visitor.endDirectory();
    this.depth -= 1;
  }

  private *waitForWord(): Generator<number, string> {
    return (yield* this.waitForToken(MOST_WORD, 'word')).toString('latin1');
  }

  private *waitForToken(most: number, what: string): Generator<number, Buffer> {
    for (;;) {
      const found = this.token(most, what);
      if (found) return found;
      yield this.missing(this.bytes.length - this.at < 8 ? 8 : tokenSize(this.peekLength()));
    }
  }

  /** Passes over the tokens if they are there, whole: most are, and word by word costs ten times as much. */
  private skip(tokens: Buffer): boolean {
    const end = this.at + tokens.length;
    if (end > this.bytes.length || tokens.compare(this.bytes, this.at, end) !== 0) return false;
    this.at = end;
    return true;
  }

  /** The next word; undefined when more bytes are needed. */
  private word(): string | undefined {
    return this.token(MOST_WORD, 'word')?.toString('latin1');
  }

  /** The next token, copied; undefined when more bytes are needed. */
  private token(most: number, what: string): Buffer | undefined {
    if (this.missing(8) > 0) return undefined;
    const start = this.at;
    const length = this.length();
    if (length > most) throw badNar(`a ${what} has ${length} bytes, more than ${most}`);
    if (this.missing(length + paddingOf(length)) > 0) {
      this.at = start;
      return undefined;
    }
    const token = Buffer.from(this.take(length));
    this.padding(paddingOf(length));
    return token;
  }

  private length(): number {
    const length = this.peekLength();
    this.at += 8;
    return length;
  }

  private peekLength(): number {
    const high = this.bytes.readUInt32LE(this.at + 4);
    if (high >= 1 << 20) throw badNar('a length passes 2^52');
    return high * 0x1_0000_0000 + this.bytes.readUInt32LE(this.at);
  }

  private take(length: number): Buffer {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** How many of the next `length` bytes are not there yet. */
  private missing(length: number): number {
    return Math.max(0, this.at + length - this.bytes.length);
  }

  private expect(word: string, found: string): void {
    if (found !== word) throw badNar(`'${word}' was expected, not ${shownName(found)}`);
  }

  private padding(length: number): void {
    for (const end = this.at + length; this.at < end; ) if (this.bytes[this.at++] !== 0) throw badNar('its padding is not zero');
  }
}

function paddingOf(size: number): number {
  return (8 - (size % 8)) % 8;
}

function tokenSize(length: number): number {
  return 8 + length + paddingOf(length);
}

function checkTarget(target: Buffer): void {
  if (target.length === 0 || target.includes(0)) throw badNar(`the link target ${shownBytes(target)} is not allowed`);
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
  private size = 0;
  /** Where the current file begins in the archive's memory. */
  private start: number | undefined;
  private executable = false;

  constructor(private readonly archive: Uint8Array) {}

  beginFile(size: number, executable: boolean): void {
    this.size = size;
    this.start = undefined;
    this.executable = executable;
  }

  contents(piece: Uint8Array): void {
    this.start ??= piece.byteOffset;
  }

  endFile(): void {
    const bytes = new Uint8Array(this.archive.buffer, this.start ?? 0, this.size);
    this.place(file(bytesSource(bytes), this.executable ? 0o755 : 0o644));
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
