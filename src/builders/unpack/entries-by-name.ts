/** Entries in the byte order of their names in UTF-8, as a NAR has them. */
export function byName<T>(node: { entries: Map<string, T> }): [string, T][] {
  const entries = [...node.entries];
  // UTF-16 and UTF-8 have the same order for characters up to U+D7FF.
  const plain = entries.every(([name]) => !/[\ud800-\uffff]/.test(name));
  return plain
    ? entries.sort((a, b) => (a[0] < b[0] ? -1 : 1))
    : entries.sort((a, b) => Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])));
}
