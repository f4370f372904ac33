import { ChildTable, Column } from './child-table.ts';

/**
 * systemd's string buffer: zero-terminated strings in one buffer; a string that is another's tail shares its bytes. Strings are indexed in
 * a tree by their characters from the last to the first, whose nodes hold the first string that reached them; so the layout equals
 * systemd's.
 */
export class StringStore {
  bytes = new Uint8Array(1 << 20);
  /** Bytes, the zeros included. */
  length = 1;
  private readonly starts = new Column();
  private readonly lengths = new Column();
  private readonly children = new ChildTable();

  constructor() {
    this.starts.push(0);
    this.lengths.push(0);
  }

  /** Returns the offset of the string source[from..to). */
  add(source: Uint8Array, from: number, to: number): number {
    const length = to - from;
    for (let node = 0, depth = 0; ; depth++) {
      const held = this.lengths.values[node]!;
      const offset = this.starts.values[node]! + held - length;
      if (depth === length || (held >= length && this.sameBytes(offset, source, from, length - depth))) return offset;
      const character = source[to - 1 - depth]!;
      const child = this.children.get(node, character);
      if (child < 0) {
        this.children.set(node, character, this.starts.length);
        return this.append(source, from, length);
      }
      node = child;
    }
  }

  /** Compares `length` bytes from the last one backwards: differences are mostly near the end. */
  private sameBytes(offset: number, source: Uint8Array, from: number, length: number): boolean {
    const { bytes } = this;
    for (let i = length - 1; i >= 0; i--) if (bytes[offset + i] !== source[from + i]) return false;
    return true;
  }

  private append(source: Uint8Array, from: number, length: number): number {
    const start = this.length;
    if (start + length + 1 > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, start + length + 1));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    for (let i = 0; i < length; i++) this.bytes[start + i] = source[from + i]!;
    this.length = start + length + 1;
    this.starts.push(start);
    this.lengths.push(length);
    return start;
  }
}
