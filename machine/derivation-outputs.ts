import { bytesOf, lengthOf, newList, setElement } from './cells';
import { sortedStrings } from './derivation-inputs';
import { DRV_PATH, known, OUT } from './names';
import { symbolOf } from './symbols';

/** Whether a store path may have this name, with room for what is put behind it. */
export function isGoodName(name: u32): bool {
  const length = lengthOf(name);
  if (length === 0 || length > 160 || load<u8>(bytesOf(name)) === 46) return false;
  if (length > 4 && load<u32>(bytesOf(name) + length - 4) === 0x7672642e) return false;
  for (let i: u32 = 0; i < length; i++) {
    const c = <u32>load<u8>(bytesOf(name) + i);
    const letter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57);
    if (!letter && c !== 43 && c !== 45 && c !== 46 && c !== 95 && c !== 63 && c !== 61) return false;
  }
  return true;
}

/** Words as a list of symbols in the order of their bytes; 0 where they are no names of outputs or one comes twice. */
export function outputNames(words: u32): u32 {
  if (words === 0) {
    const list = newList(1);
    setElement(list, 0, known(OUT));
    return list;
  }
  const bytes = bytesOf(words);
  const length = lengthOf(words);
  const list = newList(length / 2 + 1);
  let count: u32 = 0;
  let i: u32 = 0;
  while (i < length) {
    while (i < length && isSpace(load<u8>(bytes + i))) i++;
    const start = i;
    while (i < length && !isSpace(load<u8>(bytes + i))) i++;
    if (i === start) break;
    const name = symbolOf(bytes + start, i - start);
    if (name === known(DRV_PATH) || i - start > 40 || !isGoodName(name)) return 0;
    setElement(list, count++, name);
  }
  if (count === 0) return 0;
  store<u32>(list + 4, count);
  const sorted = sortedStrings(list);
  return lengthOf(sorted) === count ? sorted : 0;
}

/** Whether it is `flat`, `nar` or `recursive`. */
export function isHashMode(string: u32): bool {
  const bytes = bytesOf(string);
  switch (lengthOf(string)) {
    case 3:
      return load<u16>(bytes) === 0x616e && load<u8>(bytes + 2) === 114;
    case 4:
      return load<u32>(bytes) === 0x74616c66;
    case 9:
      return load<u32>(bytes) === 0x75636572 && load<u32>(bytes + 4) === 0x76697372 && load<u8>(bytes + 8) === 101;
    default:
      return false;
  }
}

function isSpace(c: u32): bool {
  return c === 32 || c === 9 || c === 10 || c === 13;
}
