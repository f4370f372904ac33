/**
 * kmod's binary indexes, modules.*.bin: a tree over the characters of the keys. Format: kmod's libkmod-index.c. All numbers are big-endian.
 *
 *     file = magic, version, offset of the root
 *     node = [prefix NUL], [first and last child's character, their offsets], [count, { priority, value NUL }]
 *
 * The upper bits of an offset say which of the three parts the node has.
 */
const MAGIC = 0xb007f457;
const VERSION = 0x00020001;
const HEADER_SIZE = 12;
const HAS_PREFIX = 0x80000000;
const HAS_VALUES = 0x40000000;
const HAS_CHILDREN = 0x20000000;

interface Value {
  text: string;
  priority: number;
}

interface Node {
  prefix: string;
  values: Value[];
  /** In the order of their characters. */
  children: { character: number; node: Node }[];
  /** Bytes of the node itself, and with its subtree. */
  size: number;
  total: number;
}

/** Collects keys with values, then writes the index. Keys are ASCII; values of lower priority come first. */
export class BinaryIndex {
  private readonly entries = new Map<string, Value[]>();

  add(key: string, text: string, priority: number): void {
    const values = this.entries.get(key);
    if (!values) {
      this.entries.set(key, [{ text, priority }]);
      return;
    }
    // Of equal priority the last added comes first, as in kmod.
    let place = values.findIndex((value) => value.priority >= priority);
    if (place < 0) place = values.length;
    values.splice(place, 0, { text, priority });
  }

  encode(): Buffer {
    const keys = [...this.entries.keys()].sort((a, b) => (a < b ? -1 : 1));
    const root = this.node(keys, 0, keys.length, 0, 0);
    const bytes = Buffer.alloc(HEADER_SIZE + root.total);
    bytes.writeUInt32BE(MAGIC, 0);
    bytes.writeUInt32BE(VERSION, 4);
    bytes.writeUInt32BE((HEADER_SIZE | flags(root)) >>> 0, 8);
    write(root, bytes, HEADER_SIZE);
    return bytes;
  }

  /** Returns the node of keys[from..to), which share their first `depth` characters; its prefix is what else they share. */
  private node(keys: string[], from: number, to: number, depth: number, minimum: number): Node {
    let end = depth;
    if (minimum > 0 && to > from) {
      const first = keys[from]!;
      const last = keys[to - 1]!;
      while (end < first.length && first[end] === last[end]) end += 1;
    }
    const node: Node = { prefix: keys[from]?.slice(depth, end) ?? '', values: [], children: [], size: 0, total: 0 };
    let at = from;
    if (at < to && keys[at]!.length === end) node.values = this.entries.get(keys[at++]!)!;
    while (at < to) {
      const character = keys[at]!.charCodeAt(end);
      let next = at + 1;
      while (next < to && keys[next]!.charCodeAt(end) === character) next += 1;
      node.children.push({ character, node: this.node(keys, at, next, end + 1, 1) });
      at = next;
    }
    measure(node);
    return node;
  }
}

function measure(node: Node): void {
  const { prefix, values, children } = node;
  if (prefix !== '') node.size += prefix.length + 1;
  if (children.length > 0) node.size += 2 + 4 * (children.at(-1)!.character - children[0]!.character + 1);
  if (values.length > 0) node.size += values.reduce((sum, value) => sum + 4 + value.text.length + 1, 4);
  node.total = children.reduce((sum, child) => sum + child.node.total, node.size);
}

function flags({ prefix, values, children }: Node): number {
  return (prefix !== '' ? HAS_PREFIX : 0) | (values.length > 0 ? HAS_VALUES : 0) | (children.length > 0 ? HAS_CHILDREN : 0);
}

function write(node: Node, bytes: Buffer, start: number): void {
  const { prefix, values, children } = node;
  let at = start;
  const text = (value: string) => {
    at += bytes.write(value, at, 'latin1') + 1;
  };
  const number = (value: number) => {
    at = bytes.writeUInt32BE(value >>> 0, at);
  };
  if (prefix !== '') text(prefix);
  if (children.length > 0) {
    const first = children[0]!.character;
    bytes[at++] = first;
    bytes[at++] = children.at(-1)!.character;
    let child = start + node.size;
    for (const { character, node: below } of children) {
      bytes.writeUInt32BE((child | flags(below)) >>> 0, at + 4 * (character - first));
      write(below, bytes, child);
      child += below.total;
    }
    at += 4 * (children.at(-1)!.character - first + 1);
  }
  if (values.length === 0) return;
  number(values.length);
  for (const value of values) {
    number(value.priority);
    text(value.text);
  }
}
