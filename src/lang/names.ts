/**
 * All names of all texts, each one string: equal names are the same object, quick to compare, and a name that was met before
 * costs no new string. A hash table over the characters of the text itself.
 */
let table: (string | undefined)[] = new Array(1 << 15).fill(undefined);
let hashes = new Int32Array(1 << 15);
let used = 0;

/**
 * V8 makes a property's key one of its own shared strings, which are compared by pointer everywhere; the table's string then stands for
 * that.
 */
const asKeys: Record<string, true> = Object.create(null) as Record<string, true>;

/** The hash of a name whose characters come one after the other; starts at 0. */
export function addToHash(hash: number, char: number): number {
  return (Math.imul(hash, 31) + char) | 0;
}

/** The shared string for `text.slice(start, end)`, whose hash was made by `addToHash`. */
export function nameAt(text: string, start: number, end: number, hash: number): string {
  const mask = table.length - 1;
  const length = end - start;
  let at = (hash ^ (hash >>> 15)) & mask;
  for (;;) {
    const known = table[at];
    if (known === undefined) break;
    if (hashes[at] === hash && known.length === length && sameAt(text, start, known)) return known;
    at = (at + 1) & mask;
  }
  const name = text.slice(start, end);
  asKeys[name] = true;
  table[at] = name;
  hashes[at] = hash;
  if (++used * 2 > table.length) grow();
  return name;
}

function sameAt(text: string, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (text.charCodeAt(start + i) !== name.charCodeAt(i)) return false;
  return true;
}

function grow(): void {
  const oldTable = table;
  const oldHashes = hashes;
  table = new Array(oldTable.length * 2).fill(undefined);
  hashes = new Int32Array(table.length);
  const mask = table.length - 1;
  for (let i = 0; i < oldTable.length; i++) {
    const name = oldTable[i];
    if (name === undefined) continue;
    const hash = oldHashes[i]!;
    let at = (hash ^ (hash >>> 15)) & mask;
    while (table[at] !== undefined) at = (at + 1) & mask;
    table[at] = name;
    hashes[at] = hash;
  }
}

/** The shared string for a name. */
export function internName(name: string): string {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = addToHash(hash, name.charCodeAt(i));
  return nameAt(name, 0, name.length, hash);
}
