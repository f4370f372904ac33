/** Contexts of strings: `{count, symbols...}`, ordered by address; 0 for none. The symbols are what src/eval/context.ts calls elements. */
import { alloc } from './cells';

/** The context of one element. */
export function contextFrom(element: u32): u32 {
  const p = alloc(8);
  store<u32>(p, 1);
  store<u32>(p + 4, element);
  return p;
}

/** The union; one of the two where it has it all. */
export function mergeContexts(a: u32, b: u32): u32 {
  if (a === b || b === 0) return a;
  if (a === 0) return b;
  const m = load<u32>(a);
  const n = load<u32>(b);
  if (n === 1 && has(a, m, load<u32>(b + 4))) return a;
  if (m === 1 && has(b, n, load<u32>(a + 4))) return b;
  const p = alloc(4 + 4 * (m + n));
  let i: u32 = 0;
  let j: u32 = 0;
  let count: u32 = 0;
  while (i < m || j < n) {
    const x = i < m ? load<u32>(a + 4 + 4 * i) : 0xffffffff;
    const y = j < n ? load<u32>(b + 4 + 4 * j) : 0xffffffff;
    if (x <= y) i++;
    if (y <= x) j++;
    store<u32>(p + 4 + 4 * count, min(x, y));
    count++;
  }
  if (count === m) return a;
  if (count === n) return b;
  store<u32>(p, count);
  return p;
}

function has(context: u32, count: u32, element: u32): bool {
  for (let i: u32 = 0; i < count; i++) if (load<u32>(context + 4 + 4 * i) === element) return true;
  return false;
}
