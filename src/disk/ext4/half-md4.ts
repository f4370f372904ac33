/**
 * The "half MD4" name hash of ext4's directory index (fs/ext4/hash.c; https://docs.kernel.org/filesystems/ext4/directory.html).
 * Names hash as signed characters, as EXT2_FLAGS_SIGNED_HASH in the superblock says.
 */
export interface NameHash {
  /** The major hash; its lowest bit is always 0; the index sets it to mark a leaf that continues the previous one's hash. */
  major: number;
  minor: number;
}

/** A reader takes major hashes from here on for the end of the directory. */
const HTREE_EOF = 0xfffffffe;

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
const pick = (x: number, y: number, z: number): number => z ^ (x & (y ^ z));
const majority = (x: number, y: number, z: number): number => (x & y) + ((x ^ y) & z);
const parity = (x: number, y: number, z: number): number => x ^ y ^ z;

const ROUNDS: { mix: (x: number, y: number, z: number) => number; add: number; order: number[]; shifts: number[] }[] = [
  { mix: pick, add: 0, order: [0, 1, 2, 3, 4, 5, 6, 7], shifts: [3, 7, 11, 19] },
  { mix: majority, add: 0o13240474631, order: [1, 3, 5, 7, 0, 2, 4, 6], shifts: [3, 5, 9, 13] },
  { mix: parity, add: 0o15666365641, order: [3, 7, 2, 6, 1, 5, 0, 4], shifts: [3, 9, 11, 15] },
];

const mixed = new Int32Array(4);

function transform(state: Int32Array, block: Int32Array): void {
  const words = mixed;
  words.set(state);
  for (const { mix, add, order, shifts } of ROUNDS) {
    for (let step = 0; step < 8; step++) {
      // Step n changes the words a, d, c, b in turn.
      const a = (4 - (step & 3)) & 3;
      const sum = (words[a]! + mix(words[(a + 1) & 3]!, words[(a + 2) & 3]!, words[(a + 3) & 3]!) + block[order[step]!]! + add) | 0;
      words[a] = rotate(sum, shifts[step & 3]!);
    }
  }
  for (let n = 0; n < 4; n++) state[n] = (state[n]! + words[n]!) | 0;
}

function nameWords(name: Uint8Array, start: number, words: Int32Array): void {
  const left = name.length - start;
  let pad = left | (left << 8);
  pad |= pad << 16;
  const used = Math.min(left, words.length * 4);
  words.fill(pad);
  let value = pad;
  for (let n = 0; n < used; n++) {
    const signed = (name[start + n]! << 24) >> 24;
    value = (signed + (value << 8)) | 0;
    if ((n & 3) === 3) {
      words[n >> 2] = value;
      value = pad;
    }
  }
  if (used & 3) words[used >> 2] = value;
}

const state = new Int32Array(4);
const words = new Int32Array(8);

/** `seed` is the superblock's s_hash_seed as four little-endian words. */
export function halfMd4(name: Uint8Array, seed: Int32Array): NameHash {
  state.set(seed);
  for (let start = 0; start < name.length; start += 32) {
    nameWords(name, start, words);
    transform(state, words);
  }
  let major = (state[1]! & ~1) >>> 0;
  if (major === HTREE_EOF) major = HTREE_EOF - 2;
  return { major, minor: state[2]! >>> 0 };
}
