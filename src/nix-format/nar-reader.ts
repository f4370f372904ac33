/** Reads the Nix archive format (grammar: nar-writer.ts). Whatever departs from it, unsorted entries and non-zero padding too, is an error. */
import { BootflakeError } from '../base/errors.ts';
import { bytesSource, directory, file, symlink, type DirectoryNode, type FileNode } from '../tree/file-tree.ts';

/** Where the archive's bytes come from. */
export interface NarInput {
  /** Exactly `length` bytes, or throws. The bytes stay valid until the next call. */
  read(length: number): Uint8Array;
}

/** What is told of an archive while it is read, depth first. Names are bytes. */
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
const MAX_TOKEN = 1 << 16;

/** Reads one archive from `input` and tells `visitor` what it holds. */
export function visitNar(input: NarInput, visitor: NarVisitor): void {
  new NarParser(input, visitor).archive();
}

/** The archive's bytes as a FileTree; files are 0644 or 0755, contents are views of `bytes`. Names must be UTF-8. */
export function readNar(bytes: Uint8Array): FileNode {
  let at = 0;
  const builder = new TreeBuilder();
  visitNar({
    read(length) {
      if (at + length > bytes.length) throw badNar(`it ends at byte ${bytes.length}, ${at + length - bytes.length} bytes early`);
      at += length;
      return bytes.subarray(at - length, at);
    },
  }, builder);
  if (at !== bytes.length) throw badNar(`${bytes.length - at} bytes follow its end`);
  return builder.root!;
}

class NarParser {
  constructor(private readonly input: NarInput, private readonly visitor: NarVisitor) {}

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
      this.visitor.symlink(this.token());
      this.expect(')');
    } else if (type === 'directory') this.directory();
    else throw badNar(`a node is of the unknown type '${type}'`);
  }

  private regular(): void {
    let word = this.word();
    const executable = word === 'executable';
    if (executable) {
      this.expect('');
      word = this.word();
    }
    if (word !== 'contents') throw badNar(`'contents' was expected, not '${word}'`);
    const size = this.length();
    this.visitor.beginFile(size, executable);
    for (let left = size; left > 0; left -= PIECE) this.visitor.contents(this.input.read(Math.min(left, PIECE)));
    this.padding(size);
    this.visitor.endFile();
    this.expect(')');
  }

  private directory(): void {
    this.visitor.beginDirectory();
    let previous: Buffer | undefined;
    for (;;) {
      const word = this.word();
      if (word === ')') break;
      if (word !== 'entry') throw badNar(`'entry' or ')' was expected, not '${word}'`);
      this.expect('(');
      this.expect('name');
      const name = Buffer.from(this.token());
      checkEntryName(name, previous);
      this.expect('node');
      this.visitor.beginEntry(name);
      this.node();
      this.visitor.endEntry();
      this.expect(')');
      previous = name;
    }
    this.visitor.endDirectory();
  }

  private length(): number {
    const bytes = this.input.read(8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    const high = view.getUint32(4, true);
    if (high >= 1 << 20) throw badNar('a length passes 2^52');
    return high * 0x1_0000_0000 + view.getUint32(0, true);
  }

  private token(): Uint8Array {
    const length = this.length();
    if (length > MAX_TOKEN) throw badNar(`a name or link target has ${length} bytes`);
    const bytes = Buffer.from(this.input.read(length));
    this.padding(length);
    return bytes;
  }

  private word(): string {
    return Buffer.from(this.token()).toString('latin1');
  }

  private expect(word: string): void {
    const found = this.word();
    if (found !== word) throw badNar(`'${word}' was expected, not '${found}'`);
  }

  private padding(size: number): void {
    const length = (8 - (size % 8)) % 8;
    if (length > 0 && this.input.read(length).some((byte) => byte !== 0)) throw badNar('its padding is not zero');
  }
}

function checkEntryName(name: Buffer, previous: Buffer | undefined): void {
  const text = name.toString('latin1');
  if (text === '' || text === '.' || text === '..' || text.includes('/') || text.includes('\0')) {
    throw badNar(`the entry name '${text}' is not allowed`);
  }
  if (previous && Buffer.compare(previous, name) >= 0) throw badNar(`the entry '${text}' is out of order`);
}

/** Makes FileTree nodes from what an archive tells. */
class TreeBuilder implements NarVisitor {
  root: FileNode | undefined;
  private readonly stack: { node: DirectoryNode; name: string }[] = [];
  private bytes: Uint8Array = new Uint8Array(0);
  private filled = 0;
  private executable = false;

  beginFile(size: number, executable: boolean): void {
    this.bytes = new Uint8Array(size);
    this.filled = 0;
    this.executable = executable;
  }

  contents(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.filled);
    this.filled += bytes.length;
  }

  endFile(): void {
    this.place(file(bytesSource(this.bytes), this.executable ? 0o755 : 0o644));
  }

  symlink(target: Uint8Array): void {
    this.place(symlink(decodeUtf8(target)));
  }

  beginDirectory(): void {
    const node = directory();
    this.place(node);
    this.stack.push({ node, name: '' });
  }

  beginEntry(name: Uint8Array): void {
    this.stack[this.stack.length - 1]!.name = decodeUtf8(name);
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

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw badNar(`the name or link target '${Buffer.from(bytes).toString('latin1')}' is not UTF-8`);
  }
}

function badNar(why: string): BootflakeError {
  return new BootflakeError({ code: 'nix-format/bad-nar', message: `this is no valid Nix archive: ${why}` });
}
