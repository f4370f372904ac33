/**
 * Text to tokens, on demand. Follows the flex grammar of Nix: the longest match wins, so `a/b` is a path, `x:x` a URI.
 * What is inside of strings and interpolated paths is read by strings.ts, which sets `offset`.
 */
import { addToHash, nameAt } from './names.ts';
import { incompleteText } from './syntax-error.ts';
import type { Pos, SourceText } from './position.ts';

export type Token =
  | 'eof'
  | 'id'
  | 'int'
  | 'float'
  | '"'
  | "''"
  | 'path'
  | 'hpath'
  | 'spath'
  | 'uri'
  | '${'
  | 'if'
  | 'then'
  | 'else'
  | 'assert'
  | 'with'
  | 'let'
  | 'in'
  | 'rec'
  | 'inherit'
  | 'or'
  | '...'
  | '=='
  | '!='
  | '<='
  | '>='
  | '&&'
  | '||'
  | '->'
  | '//'
  | '++'
  | '|>'
  | '<|'
  | '{'
  | '}'
  | '['
  | ']'
  | '('
  | ')'
  | ':'
  | ';'
  | ','
  | '.'
  | '='
  | '?'
  | '@'
  | '+'
  | '-'
  | '*'
  | '/'
  | '<'
  | '>'
  | '!'
  | 'unknown';

const keywords = new Map<string, Token>(
  (['if', 'then', 'else', 'assert', 'with', 'let', 'in', 'rec', 'inherit', 'or'] as const).map((word) => [word, word]),
);

/** Classes of characters, one bit each. */
const idStart = 1,
  idPart = 2,
  digit = 4,
  pathChar = 8,
  uriChar = 16,
  schemeChar = 32,
  space = 64;
const classes = new Uint8Array(256);
function classify(chars: string, bit: number): void {
  for (const c of chars) classes[c.charCodeAt(0)]! |= bit;
}
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
classify(`${letters}_`, idStart);
classify(`${letters + digits}_'-`, idPart);
classify(digits, digit);
classify(`${letters + digits}._-+`, pathChar);
classify(`${letters + digits}%/?:@&=+$,-_.!~*'`, uriChar);
classify(`${letters + digits}+-.`, schemeChar);
classify(' \t\r\n', space);

const twoCharOperators = new Set(['==', '!=', '<=', '>=', '&&', '||', '->', '//', '++', '|>', '<|']);
const oneChar: Token[] = new Array<Token>(128).fill('unknown');
for (const c of '{}[]():;,.=?@+-*/<>!') oneChar[c.charCodeAt(0)] = c as Token;

export class Lexer {
  readonly text: string;
  /** Where the next token is looked for. */
  offset = 0;
  token: Token = 'eof';
  start = 0;
  end = 0;
  /** The text of an id, number, path or URI. */
  value = '';
  /**
   * Characters of paths with which no path begins, and of schemes that lead to no URI: what was found out is not looked for again at each
   * token.
   */
  private noPathStart = -1;
  private noPathEnd = -1;
  private noUriStart = -1;
  private noUriEnd = -1;

  constructor(readonly source: SourceText) {
    this.text = source.text;
  }

  get pos(): Pos {
    return this.source.base + this.start;
  }

  private is(offset: number, bit: number): boolean {
    const c = this.text.charCodeAt(offset);
    return c < 256 && (classes[c]! & bit) !== 0;
  }

  next(): Token {
    this.skipBlank();
    const { text } = this;
    const start = (this.start = this.offset);
    if (start >= text.length) {
      this.end = start;
      return (this.token = 'eof');
    }
    const c = text.charCodeAt(start);
    const bits = c < 256 ? classes[c]! : 0;
    let end = start;
    let token: Token = 'unknown';
    let hash = 0;
    if (bits & idStart) {
      hash = addToHash(0, c);
      for (end++; ; end++) {
        const next = text.charCodeAt(end);
        if (!(next < 256 && classes[next]! & idPart)) break;
        hash = addToHash(hash, next);
      }
      token = 'id';
    } else if (bits & digit || (c === 46 && this.is(start + 1, digit))) {
      [token, end] = this.number(start);
    }
    // A path or URI wins over an identifier or number when it is longer.
    if (bits & (pathChar | idStart) || c === 47 || c === 126) {
      const path = this.path(start, end);
      if (path > end) return this.finish(c === 126 ? 'hpath' : 'path', path);
    }
    if (token === 'id' && c !== 95) {
      const after = text.charCodeAt(end);
      if (after === 58 || after === 43 || after === 46) {
        const uri = this.uri(start, end);
        if (uri > end) return this.finish('uri', uri);
      }
    }
    if (token === 'id') {
      this.value = nameAt(text, start, end, hash);
      this.end = this.offset = end;
      return (this.token = (end - start <= 7 && keywords.get(this.value)) || 'id');
    }
    if (token !== 'unknown') return this.finish(token, end);
    return this.punctuation(start, c);
  }

  private finish(token: Token, end: number): Token {
    this.value = this.text.slice(this.start, end);
    this.end = this.offset = end;
    return (this.token = token);
  }

  private punctuation(start: number, c: number): Token {
    const { text } = this;
    const next = text.charCodeAt(start + 1);
    if (c === 34) return this.punctuate('"', 1);
    if (c === 39 && next === 39) return this.punctuate("''", 2);
    if (c === 36 && next === 123) return this.punctuate('${', 2);
    if (c === 46 && next === 46 && text.charCodeAt(start + 2) === 46) return this.punctuate('...', 3);
    if (c === 60) {
      const spath = this.searchPath(start);
      if (spath > start) return this.finish('spath', spath);
    }
    // The second characters of all operators of two.
    if (next === 61 || next === 38 || next === 124 || next === 62 || next === 47 || next === 43) {
      const two = text.slice(start, start + 2);
      if (twoCharOperators.has(two)) return this.punctuate(two as Token, 2);
    }
    return this.punctuate(c < 128 ? oneChar[c]! : 'unknown', 1);
  }

  private punctuate(token: Token, length: number): Token {
    this.end = this.offset = this.start + length;
    return (this.token = token);
  }

  private skipBlank(): void {
    const { text } = this;
    let at = this.offset;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === 32 || c === 10 || c === 9 || c === 13) at++;
      else if (c === 35) {
        while (at < text.length && text.charCodeAt(at) !== 10 && text.charCodeAt(at) !== 13) at++;
      } else if (c === 47 && text.charCodeAt(at + 1) === 42) {
        const close = text.indexOf('*/', at + 2);
        if (close < 0) throw incompleteText('syntax error: this comment has no end', this.source.base + at, 'close it with `*/`');
        at = close + 2;
      } else break;
    }
    this.offset = at;
  }

  private number(start: number): ['int' | 'float', number] {
    let end = start;
    while (this.is(end, digit)) end++;
    const { text } = this;
    const first = text.charCodeAt(start);
    const point = text.charCodeAt(end) === 46;
    // Floats: `[1-9][0-9]*\.[0-9]*` or `0?\.[0-9]+`, with an exponent.
    const isFloat = point && (end === start || first !== 48 || (end === start + 1 && this.is(end + 1, digit)));
    if (!isFloat) return ['int', end];
    end++;
    while (this.is(end, digit)) end++;
    const e = text.charCodeAt(end);
    if (e === 69 || e === 101) {
      let at = end + 1;
      const sign = text.charCodeAt(at);
      if (sign === 43 || sign === 45) at++;
      if (this.is(at, digit)) {
        while (this.is(at, digit)) at++;
        end = at;
      }
    }
    return ['float', end];
  }

  /** The end of a path that begins here, and with the characters up to `least`; or `start`. Stops before an interpolation. */
  private path(start: number, least: number): number {
    const { text } = this;
    let at = start;
    if (text.charCodeAt(at) === 126) {
      if (text.charCodeAt(at + 1) !== 47) return start;
      at++;
    } else {
      if (least >= this.noPathStart && least <= this.noPathEnd) return start;
      at = least;
      while (this.is(at, pathChar)) at++;
      const goesOn =
        text.charCodeAt(at) === 47 && (this.is(at + 1, pathChar) || (text.charCodeAt(at + 1) === 36 && text.charCodeAt(at + 2) === 123));
      if (!goesOn) {
        this.noPathStart = least;
        this.noPathEnd = at;
        return start;
      }
      // An identifier may hold characters that a path may not: then no path began at its start.
      for (let i = start; i < least; i++) if (!this.is(i, pathChar)) return start;
    }
    let end = start;
    while (text.charCodeAt(at) === 47) {
      if (this.is(at + 1, pathChar)) {
        at += 2;
        while (this.is(at, pathChar)) at++;
        end = at;
      } else if (text.charCodeAt(at + 1) === 36 && text.charCodeAt(at + 2) === 123) {
        return at + 1;
      } else {
        // A trailing slash belongs to the path, and is then reported.
        return end > start ? at + 1 : start;
      }
    }
    return end;
  }

  private searchPath(start: number): number {
    let at = start + 1;
    const { text } = this;
    if (!this.is(at, pathChar)) return start;
    for (;;) {
      while (this.is(at, pathChar)) at++;
      const c = text.charCodeAt(at);
      if (c === 62) return at + 1;
      if (c !== 47 || !this.is(at + 1, pathChar)) return start;
      at++;
    }
  }

  /** The end of a URI whose scheme begins with the word from `start` to `least`, or `start`. */
  private uri(start: number, least: number): number {
    if (least >= this.noUriStart && least <= this.noUriEnd) return start;
    for (let i = start + 1; i < least; i++) if (!this.is(i, schemeChar)) return start;
    let at = least;
    while (this.is(at, schemeChar)) at++;
    if (this.text.charCodeAt(at) !== 58 || !this.is(at + 1, uriChar)) {
      this.noUriStart = least;
      this.noUriEnd = at;
      return start;
    }
    at++;
    while (this.is(at, uriChar)) at++;
    return at;
  }

  /** Goes back to a token that was read before. */
  restore(token: Token, start: number, end: number, value: string, offset: number): void {
    this.token = token;
    this.start = start;
    this.end = end;
    this.value = value;
    this.offset = offset;
  }

  /** The end of what goes on with a path at `start`, up to an interpolation or a doubled slash; `start` when nothing does. */
  endOfPathPart(start: number): number {
    let at = start;
    while (this.is(at, pathChar)) at++;
    while (this.text.charCodeAt(at) === 47) {
      at++;
      if (!this.is(at, pathChar)) break;
      while (this.is(at, pathChar)) at++;
    }
    return at;
  }
}
