/** Classes of characters, and where paths and URIs end. Zeros lie behind the text. */
export const ID_START: u32 = 1;
export const ID_PART: u32 = 2;
export const DIGIT: u32 = 4;
export const PATH: u32 = 8;
export const URI: u32 = 16;
const SCHEME: u32 = 32;
export const SPACE: u32 = 64;

/** By bytes, one bit for each class. */
export const classes: u32 = <u32>memory.data(256);

/** To be called before a text is read. */
export function initCharacters(): void {
  noPathStart = noPathEnd = noUriStart = noUriEnd = 0;
  if (load<u8>(classes + 48) !== 0) return;
  for (let c: u32 = 0; c < 26; c++) {
    store<u8>(classes + 65 + c, ID_START | ID_PART | PATH | URI | SCHEME);
    store<u8>(classes + 97 + c, ID_START | ID_PART | PATH | URI | SCHEME);
  }
  for (let c: u32 = 48; c < 58; c++) store<u8>(classes + c, ID_PART | DIGIT | PATH | URI | SCHEME);
  // % / ? : @ & = + $ , - _ . ! ~ * '
  for (let i: u32 = 0; i < 17; i++) store<u8>(classes + load<u8>(uriCharacters + i), URI);
  add(95, ID_START | ID_PART | PATH);
  add(39, ID_PART);
  add(45, ID_PART | PATH | SCHEME);
  add(43, PATH | SCHEME);
  add(46, PATH | SCHEME);
  add(32, SPACE);
  add(9, SPACE);
  add(13, SPACE);
  add(10, SPACE);
}

const uriCharacters: u32 = <u32>memory.data<u8>([37, 47, 63, 58, 64, 38, 61, 43, 36, 44, 45, 95, 46, 33, 126, 42, 39]);

function add(c: u32, bits: u32): void {
  store<u8>(classes + c, load<u8>(classes + c) | bits);
}

// @ts-ignore: decorator
@inline
export function is(p: u32, bits: u32): bool {
  return (load<u8>(classes + load<u8>(p)) & bits) !== 0;
}

/**
 * Characters of paths with which no path begins, and of schemes that lead to no URI: what was found out is not looked for again at each
 * token.
 */
let noPathStart: u32 = 0;
let noPathEnd: u32 = 0;
let noUriStart: u32 = 0;
let noUriEnd: u32 = 0;

/** The end of a path that begins at `from`, and with the characters up to `least`; or `from`. Stops before an interpolation. */
export function pathEnd(from: u32, least: u32): u32 {
  if (least >= noPathStart && least <= noPathEnd) return from;
  let p = least;
  while (is(p, PATH)) p++;
  if (load<u8>(p) !== 47 || (!is(p + 1, PATH) && load<u16>(p + 1) !== 0x7b24)) {
    noPathStart = least;
    noPathEnd = p;
    return from;
  }
  // A name may hold characters that a path may not: then no path began at its start.
  for (let q = from; q < least; q++) if (!is(q, PATH)) return from;
  let known = from;
  while (load<u8>(p) === 47) {
    if (!is(p + 1, PATH)) {
      // A trailing slash belongs to the path, and is then reported.
      return load<u16>(p + 1) === 0x7b24 || known > from ? p + 1 : from;
    }
    p += 2;
    while (is(p, PATH)) p++;
    known = p;
  }
  return known;
}

export function searchPathEnd(from: u32): u32 {
  let p = from + 1;
  if (!is(p, PATH)) return from;
  while (true) {
    while (is(p, PATH)) p++;
    const c = <u32>load<u8>(p);
    if (c === 62) return p + 1;
    if (c !== 47 || !is(p + 1, PATH)) return from;
    p++;
  }
}

/** The end of a URI whose scheme begins with the word from `from` to `least`, or `from`. */
export function uriEnd(from: u32, least: u32): u32 {
  if (least >= noUriStart && least <= noUriEnd) return from;
  for (let q = from + 1; q < least; q++) if (!is(q, SCHEME)) return from;
  let p = least;
  while (is(p, SCHEME)) p++;
  if (load<u8>(p) !== 58 || !is(p + 1, URI)) {
    noUriStart = least;
    noUriEnd = p;
    return from;
  }
  p++;
  while (is(p, URI)) p++;
  return p;
}

/** The end of what goes on with a path at `from`, up to an interpolation or a doubled slash; `from` when nothing does. */
export function pathPartEnd(from: u32): u32 {
  let p = from;
  while (is(p, PATH)) p++;
  while (load<u8>(p) === 47) {
    p++;
    if (!is(p, PATH)) break;
    while (is(p, PATH)) p++;
  }
  return p;
}
