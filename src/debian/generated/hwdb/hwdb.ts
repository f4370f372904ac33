/** hwdb.bin, the hardware database that udev reads, from the texts in hwdb.d: hwdb(7). The same bytes as `systemd-hwdb update` writes. */
import { CARRIAGE_RETURN, EQUALS, HASH, LINE_FEED, SPACE, TAB } from '../../../base/ascii.ts';
import { HwdbTrie, type Slice } from './trie.ts';

export interface HwdbSource {
  /** As the running system sees it: `/usr/lib/udev/hwdb.d/20-usb.hwdb`. */
  path: string;
  text: Uint8Array;
}

/** `sources` in the order of their file names. `toolVersion` is the number of the systemd that reads it. */
export function compileHwdb(sources: HwdbSource[], toolVersion: number): Uint8Array {
  const trie = new HwdbTrie();
  sources.forEach((source, i) => new SourceReader(trie, source, i + 1).read());
  return trie.encode(toolVersion);
}

/** Records are match lines, then indented properties, then an empty line; anything else is ignored, as by systemd. */
class SourceReader {
  private matches: Slice[] = [];
  private nodes: number[] | undefined;
  private dataBegun = false;
  private readonly file: Slice;
  private readonly text: Uint8Array;

  constructor(
    private readonly trie: HwdbTrie,
    { path, text }: HwdbSource,
    private readonly filePriority: number,
  ) {
    const name = Buffer.from(path);
    this.file = { source: name, from: 0, to: name.length };
    this.text = text;
  }

  read(): void {
    const { text } = this;
    for (let from = 0, line = 1; from < text.length; line++) {
      let end = text.indexOf(LINE_FEED, from);
      if (end < 0) end = text.length;
      if (text[from] !== HASH) this.line(from, this.contentEnd(from, end), line);
      from = end + 1;
    }
  }

  private line(from: number, to: number, line: number): void {
    if (from === to) this.endRecord();
    else if (this.text[from] !== SPACE) {
      if (this.dataBegun) this.endRecord();
      else this.matches.push({ source: this.text, from, to });
    } else if (this.matches.length > 0) {
      this.dataBegun = true;
      this.property(from, to, line);
    }
  }

  private endRecord(): void {
    this.matches = [];
    this.nodes = undefined;
    this.dataBegun = false;
  }

  private property(from: number, to: number, line: number): void {
    const { text: source } = this;
    const equals = source.indexOf(EQUALS, from);
    if (equals < 0 || equals >= to) return;
    // Keys keep one leading blank.
    while (isBlank(source[from]) && isBlank(source[from + 1])) from += 1;
    if (equals - from <= 1) return;
    const key = { source, from, to: equals };
    const value = { source, from: equals + 1, to };
    if (this.nodes) {
      for (const node of this.nodes) this.trie.addProperty(node, key, value, this.file, this.filePriority, line);
      return;
    }
    // Alternate nodes and properties, so that the strings enter the store in systemd's order.
    this.nodes = this.matches.map((match) => {
      const node = this.trie.node(match);
      this.trie.addProperty(node, key, value, this.file, this.filePriority, line);
      return node;
    });
  }

  /** Returns the end of the content, before a trailing comment and white space. */
  private contentEnd(from: number, end: number): number {
    const { text } = this;
    let to = from;
    while (to < end && text[to] !== HASH) to += 1;
    while (to > from && (text[to - 1] === SPACE || (text[to - 1]! >= TAB && text[to - 1]! <= CARRIAGE_RETURN))) to -= 1;
    return to;
  }
}

function isBlank(code: number | undefined): boolean {
  return code === SPACE || code === TAB;
}
