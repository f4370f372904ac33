/** Makes an expression that was written for any address one for its own. */
import { alloc } from './cells';
import { find, valueAt } from './attrs';
import { symbolOf } from './symbols';
import { W_ADDRESS, W_PLAIN, W_POSITION } from './nodes';

let symbols: u32 = 0;
let capacity: u32 = 0;

/**
 * `source`: the bytes that src/machine/write-expression.ts describes. Answers the address of the expression. `builtins`: a set; `folder`: a
 * string; `position`: that of the text's beginning.
 */
export function link(source: u32, builtins: u32, folder: u32, position: u32): u32 {
  const root = load<u32>(source);
  const words = load<u32>(source + 4);
  const symbolCount = load<u32>(source + 8);
  const builtinCount = load<u32>(source + 12);
  const base = alloc(4 * words);
  memory.copy(base, source + 16, 4 * words);
  store<u32>(base, folder);
  const kinds = source + 16 + 4 * words;
  const named = kinds + 4 * ((words + 15) >>> 4);
  readSymbols(named + 8 * builtinCount, symbolCount);
  for (let i: u32 = 0; i < words; i += 16) relocate(base + 4 * i, load<u32>(kinds + (i >>> 2)), base, position);
  for (let i: u32 = 0; i < builtinCount; i++) {
    const name = load<u32>(symbols + 4 * load<u32>(named + 8 * i + 4));
    store<u32>(base + 4 * load<u32>(named + 8 * i), valueAt(find(builtins, name)));
  }
  return base + 4 * root;
}

function readSymbols(source: u32, count: u32): void {
  if (count > capacity) {
    capacity = 2 * count;
    symbols = alloc(4 * capacity);
  }
  let from = source;
  for (let i: u32 = 0; i < count; i++) {
    const length = load<u32>(from);
    store<u32>(symbols + 4 * i, symbolOf(from + 4, length));
    from += 4 + ((length + 3) & ~3);
  }
}

/** 16 words by their meanings. */
function relocate(from: u32, meanings: u32, base: u32, position: u32): void {
  let bits = meanings;
  let at = from;
  while (bits !== 0) {
    const kind = bits & 3;
    if (kind !== W_PLAIN) {
      const value = load<u32>(at);
      store<u32>(at, kind === W_ADDRESS ? base + 4 * value : kind === W_POSITION ? position + value : load<u32>(symbols + 4 * value));
    }
    bits >>>= 2;
    at += 4;
  }
}
