/**
 * Text to tokens, on demand: what src/lang/lexer.ts does. The text lies in memory with zeros behind it. Tokens of one character are that
 * character; the inside of strings and interpolated paths is read by others, who `goOn` behind it.
 */
import { classes, DIGIT, ID_PART, ID_START, initCharacters, is, PATH, pathEnd, searchPathEnd, SPACE, uriEnd } from './characters';
import { cannot } from './syntax-arena';
import { addToHash, hashedName, HASH_START, NAME_TOKEN } from './syntax-names';

export const T_EOF: u32 = 0;
export const T_INT: u32 = 129;
export const T_FLOAT: u32 = 130;
export const T_INDENTED: u32 = 131;
export const T_PATH: u32 = 132;
export const T_SEARCH_PATH: u32 = 133;
export const T_URI: u32 = 134;
export const T_INTERPOLATION: u32 = 135;
export const T_ELLIPSIS: u32 = 136;
const T_UNKNOWN: u32 = 137;
export const T_THEN: u32 = 141;
export const T_ELSE: u32 = 142;
export const T_ASSERT: u32 = 143;
export const T_WITH: u32 = 144;
export const T_LET: u32 = 145;
export const T_IN: u32 = 146;
export const T_REC: u32 = 147;
export const T_INHERIT: u32 = 148;
export const T_OR: u32 = 149;
export const T_EQUAL: u32 = 160;
export const T_UNEQUAL: u32 = 161;
export const T_LESS_EQUAL: u32 = 162;
export const T_GREATER_EQUAL: u32 = 163;
export const T_AND: u32 = 164;
export const T_OR_ELSE: u32 = 165;
export const T_IMPLIES: u32 = 166;
export const T_UPDATE: u32 = 167;
export const T_CONCAT: u32 = 168;

let text: u32 = 0;
let end: u32 = 0;
/** Where the next token is looked for. */
let at: u32 = 0;
export let token: u32 = 0;
/** Of the token at hand: its place, and the record of a name. */
export let start: u32 = 0;
export let tokenEnd: u32 = 0;
export let name: u32 = 0;

export function openLexer(from: u32, to: u32): void {
  initCharacters();
  text = from;
  end = to;
  at = from;
}

// @ts-ignore: decorator
@inline
export function textEnd(): u32 {
  return end;
}

/** Where the token at hand begins in the text. */
// @ts-ignore: decorator
@inline
export function position(): u32 {
  return start - text;
}

/** Where the text behind the token at hand begins. */
// @ts-ignore: decorator
@inline
export function rest(): u32 {
  return at;
}

// @ts-ignore: decorator
@inline
export function goOn(from: u32): void {
  at = from;
}

/** The first character of the next token; 0 at the end. */
export function nextCharacter(): u32 {
  at = blankEnd(at);
  return load<u8>(at);
}

/** Goes back to a token that was read before. */
export function restore(to: u32, from: u32, until: u32, record: u32): void {
  token = to;
  start = from;
  tokenEnd = at = until;
  name = record;
}

function blankEnd(from: u32): u32 {
  let p = from;
  while (true) {
    while (is(p, SPACE)) p++;
    const c = <u32>load<u8>(p);
    if (c === 35) {
      for (let d = c; p < end && d !== 10 && d !== 13; ) d = load<u8>(++p);
    } else if (c === 47 && load<u8>(p + 1) === 42) {
      p += 2;
      while (load<u16>(p) !== 0x2f2a) if (++p >= end) cannot();
      p += 2;
    } else return p;
  }
}

export function next(): u32 {
  const p = blankEnd(at);
  start = p;
  if (p >= end) {
    tokenEnd = at = p;
    return (token = T_EOF);
  }
  const c = <u32>load<u8>(p);
  const bits = <u32>load<u8>(classes + c);
  if (bits & ID_START) return word(p, c);
  if (bits & DIGIT || (c === 46 && is(p + 1, DIGIT))) return number(p);
  if (bits & PATH || c === 47) {
    const path = pathEnd(p, p);
    if (path > p) return finish(T_PATH, path);
  }
  return punctuation(p, c);
}

// @ts-ignore: decorator
@inline
function finish(kind: u32, to: u32): u32 {
  tokenEnd = at = to;
  return (token = kind);
}

function word(p: u32, first: u32): u32 {
  let hash = HASH_START;
  let q = p;
  let c = first;
  do {
    hash = addToHash(hash, c);
    c = load<u8>(++q);
  } while (load<u8>(classes + c) & ID_PART);
  // A path or URI wins over the word when it is longer.
  if (c === 46 || c === 47 || c === 43) {
    const path = pathEnd(p, q);
    if (path > q) return finish(T_PATH, path);
  }
  if ((c === 46 || c === 58 || c === 43) && first !== 95) {
    const uri = uriEnd(p, q);
    if (uri > q) return finish(T_URI, uri);
  }
  name = hashedName(p, q - p, hash);
  return finish(load<u32>(name, NAME_TOKEN), q);
}

function number(p: u32): u32 {
  let q = p;
  while (is(q, DIGIT)) q++;
  let kind = T_INT;
  // Floats: `[1-9][0-9]*\.[0-9]*` or `0?\.[0-9]+`, with an exponent.
  if (load<u8>(q) === 46 && (q === p || load<u8>(p) !== 48 || (q === p + 1 && is(q + 1, DIGIT)))) {
    kind = T_FLOAT;
    q++;
    while (is(q, DIGIT)) q++;
    if ((load<u8>(q) | 32) === 101) {
      let r = q + 1;
      if (load<u8>(r) === 43 || load<u8>(r) === 45) r++;
      if (is(r, DIGIT)) {
        while (is(r, DIGIT)) r++;
        q = r;
      }
    }
  }
  if (is(q, PATH) || load<u8>(q) === 47) {
    const path = pathEnd(p, q);
    if (path > q) return finish(T_PATH, path);
  }
  return finish(kind, q);
}

function punctuation(p: u32, c: u32): u32 {
  const d = <u32>load<u8>(p + 1);
  switch (c) {
    case 39: return d === 39 ? finish(T_INDENTED, p + 2) : finish(T_UNKNOWN, p + 1);
    case 36: return d === 123 ? finish(T_INTERPOLATION, p + 2) : finish(T_UNKNOWN, p + 1);
    case 46: return d === 46 && load<u8>(p + 2) === 46 ? finish(T_ELLIPSIS, p + 3) : finish(c, p + 1);
    case 60: {
      const path = searchPathEnd(p);
      if (path > p) return finish(T_SEARCH_PATH, path);
      return d === 61 ? finish(T_LESS_EQUAL, p + 2) : d === 124 ? finish(T_UNKNOWN, p + 2) : finish(c, p + 1);
    }
    case 61: return d === 61 ? finish(T_EQUAL, p + 2) : finish(c, p + 1);
    case 33: return d === 61 ? finish(T_UNEQUAL, p + 2) : finish(c, p + 1);
    case 62: return d === 61 ? finish(T_GREATER_EQUAL, p + 2) : finish(c, p + 1);
    case 38: return d === 38 ? finish(T_AND, p + 2) : finish(T_UNKNOWN, p + 1);
    case 124: return d === 124 ? finish(T_OR_ELSE, p + 2) : finish(T_UNKNOWN, p + 1);
    case 45: return d === 62 ? finish(T_IMPLIES, p + 2) : finish(c, p + 1);
    case 47: return d === 47 ? finish(T_UPDATE, p + 2) : finish(c, p + 1);
    case 43: return d === 43 ? finish(T_CONCAT, p + 2) : finish(c, p + 1);
    case 34:
    case 40:
    case 41:
    case 42:
    case 44:
    case 58:
    case 59:
    case 63:
    case 64:
    case 91:
    case 93:
    case 123:
    case 125:
      return finish(c, p + 1);
    default: return finish(T_UNKNOWN, p + 1);
  }
}
