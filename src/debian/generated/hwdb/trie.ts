/**
 * The tree of hwdb.bin in memory, and its encoding. Format: systemd's hwdb-internal.h; all numbers are little-endian. Nodes and values are
 * numbers into columns: a database has a quarter of a million of them.
 */
import { ChildTable, Column } from './child-table.ts';
import { StringStore } from './string-store.ts';

/** A piece of text: source[from..to). */
export interface Slice {
  source: Uint8Array;
  from: number;
  to: number;
}

const SIGNATURE = 'KSLPHHRH';
const HEADER_SIZE = 80;
const NODE_SIZE = 24;
const CHILD_SIZE = 16;
const VALUE_SIZE = 32;
const ROOT = 0;

export class HwdbTrie {
  private readonly strings = new StringStore();
  private readonly table = new ChildTable();
  private readonly prefixOffset = new Column();
  private readonly prefixLength = new Column();
  private readonly parent = new Column();
  private readonly character = new Column();
  /** The newest value of a node; the preceding value of a value in the same node. */
  private readonly lastValue = new Column();
  private readonly previousValue = new Column();
  private readonly key = new Column();
  private readonly value = new Column();
  private readonly file = new Column();
  private readonly line = new Column();
  private readonly filePriority = new Column();

  constructor() {
    this.make(-1, 0, 0, 0);
  }

  /** Returns the node of a match, made if necessary. It stays the match's node whatever is added later. */
  node({ source, from, to }: Slice): number {
    let node = ROOT;
    for (let at = from; ; ) {
      const length = this.prefixLength.values[node]!;
      const shared = this.sharedLength(node, source, at, to);
      if (shared < length) node = this.split(node, shared);
      at += shared;
      if (at === to) return node;
      const character = source[at]!;
      const child = this.table.get(node, character);
      if (child < 0) return this.make(node, character, this.strings.add(source, at + 1, to), to - at - 1);
      node = child;
      at += 1;
    }
  }

  /** Replaces an existing property of a node: files come in order. */
  addProperty(node: number, key: Slice, value: Slice, file: Slice, filePriority: number, line: number): void {
    const keyOffset = this.strings.add(key.source, key.from, key.to);
    const valueOffset = this.strings.add(value.source, value.from, value.to);
    const fileOffset = this.strings.add(file.source, file.from, file.to);
    let i = this.lastValue.values[node]!;
    while (i >= 0 && this.key.values[i] !== keyOffset) i = this.previousValue.values[i]!;
    if (i >= 0) {
      this.value.values[i] = valueOffset;
      this.file.values[i] = fileOffset;
      this.filePriority.values[i] = filePriority;
      this.line.values[i] = line;
      return;
    }
    this.previousValue.push(this.lastValue.values[node]!);
    this.lastValue.values[node] = this.key.length;
    this.key.push(keyOffset);
    this.value.push(valueOffset);
    this.file.push(fileOffset);
    this.filePriority.push(filePriority);
    this.line.push(line);
  }

  /** `toolVersion` is systemd's, which goes into the header. */
  encode(toolVersion: number): Uint8Array {
    const nodes = this.parent.length;
    const nodesLength = nodes * NODE_SIZE + (nodes - 1) * CHILD_SIZE + this.key.length * VALUE_SIZE;
    const total = HEADER_SIZE + nodesLength + this.strings.length;
    const words = new Uint32Array(Math.ceil(total / 4));
    const bytes = new Uint8Array(words.buffer, 0, total);
    const rootOffset = this.writeNodes(words, HEADER_SIZE + nodesLength);
    Buffer.from(words.buffer).write(SIGNATURE, 'latin1');
    [toolVersion, total, HEADER_SIZE, NODE_SIZE, CHILD_SIZE, VALUE_SIZE, rootOffset, nodesLength, this.strings.length].forEach(
      (number, i) => {
        words[2 + i * 2] = number;
      },
    );
    bytes.set(this.strings.bytes.subarray(0, this.strings.length), HEADER_SIZE + nodesLength);
    return bytes;
  }

  private make(parent: number, character: number, prefixOffset: number, prefixLength: number): number {
    const node = this.parent.length;
    this.parent.push(parent);
    this.character.push(character);
    this.prefixOffset.push(prefixOffset);
    this.prefixLength.push(prefixLength);
    this.lastValue.push(-1);
    if (parent >= 0) this.table.set(parent, character, node);
    return node;
  }

  private sharedLength(node: number, source: Uint8Array, at: number, to: number): number {
    const { bytes } = this.strings;
    const start = this.prefixOffset.values[node]!;
    const most = Math.min(this.prefixLength.values[node]!, to - at);
    let length = 0;
    while (length < most && bytes[start + length] === source[at + length]) length += 1;
    return length;
  }

  /** Inserts a node for the shared prefix between a node and its parent. */
  private split(node: number, shared: number): number {
    const start = this.prefixOffset.values[node]!;
    const { bytes } = this.strings;
    const next = bytes[start + shared]!;
    const middle = this.make(
      this.parent.values[node]!,
      this.character.values[node]!,
      this.strings.add(bytes, start, start + shared),
      shared,
    );
    this.parent.values[node] = middle;
    this.character.values[node] = next;
    this.table.set(middle, next, node);
    // The rest of a stored string is a tail of it.
    this.prefixOffset.values[node] = start + shared + 1;
    this.prefixLength.values[node] = this.prefixLength.values[node]! - shared - 1;
    return middle;
  }

  /** Children are written before their parents. Offsets are 64 bits wide in the file; no database comes near 4 GiB. */
  private writeNodes(words: Uint32Array, stringsStart: number): number {
    const children = this.sortedChildren();
    let at = HEADER_SIZE / 4;
    const write = (node: number): number => {
      const below = children[node] ?? [];
      const offsets = below.map(write);
      const start = at;
      const values = this.sortedValues(node);
      words[at] = stringsStart + this.prefixOffset.values[node]!;
      words[at + 2] = below.length;
      words[at + 4] = values.length;
      at += NODE_SIZE / 4;
      offsets.forEach((offset, i) => {
        words[at] = this.character.values[below[i]!]!;
        words[at + 2] = offset;
        at += CHILD_SIZE / 4;
      });
      for (const i of values) {
        words[at] = stringsStart + this.key.values[i]!;
        words[at + 2] = stringsStart + this.value.values[i]!;
        words[at + 4] = stringsStart + this.file.values[i]!;
        words[at + 6] = this.line.values[i]!;
        words[at + 7] = this.filePriority.values[i]!;
        at += VALUE_SIZE / 4;
      }
      return start * 4;
    };
    return write(ROOT);
  }

  private sortedChildren(): (number[] | undefined)[] {
    const children: (number[] | undefined)[] = new Array(this.parent.length).fill(undefined);
    for (let node = 1; node < this.parent.length; node++) (children[this.parent.values[node]!] ??= []).push(node);
    for (const list of children) if (list && list.length > 1) list.sort((a, b) => this.character.values[a]! - this.character.values[b]!);
    return children;
  }

  private sortedValues(node: number): number[] {
    const values: number[] = [];
    for (let i = this.lastValue.values[node]!; i >= 0; i = this.previousValue.values[i]!) values.push(i);
    return values.length > 1 ? values.sort((a, b) => this.compareStrings(this.key.values[a]!, this.key.values[b]!)) : values;
  }

  private compareStrings(a: number, b: number): number {
    const { bytes } = this.strings;
    while (bytes[a] === bytes[b] && bytes[a] !== 0) {
      a += 1;
      b += 1;
    }
    return bytes[a]! - bytes[b]!;
  }
}
