/** Both kinds of string literals: reading their parts, escapes, and the stripping of indentation. */
import type { Expr } from './ast.ts';
import type { Lexer } from './lexer.ts';
import { incompleteText, syntaxError } from './syntax-error.ts';
import type { Pos } from './position.ts';

/** A piece of text in an indented string; `indents` is false for escapes, which end a line's indentation and are not part of it. */
interface Piece {
  text: string;
  indents: boolean;
}

type ParseInterpolation = () => Expr;

/** Reads from behind the opening `"` to behind the closing one. Adjacent pieces of text are joined. */
export function readString(lexer: Lexer, interpolation: ParseInterpolation): (string | Expr)[] {
  const { text } = lexer;
  const opened = lexer.start;
  const parts: (string | Expr)[] = [];
  let piece = '';
  let at = lexer.offset;
  let from = at;
  let begun = at;
  let hasNul = false;
  const checkNul = (): void => {
    if (hasNul) throw nulByte(piece + text.slice(from, at), lexer.source.base + begun);
  };
  for (;;) {
    const c = text.charCodeAt(at);
    if (at >= text.length) {
      checkNul();
      throw unterminated(lexer, opened, '"');
    }
    if (c === 34) break;
    if (c === 92) {
      if (at + 1 >= text.length) throw unterminated(lexer, opened, '"');
      piece += text.slice(from, at) + escaped(text, at + 1);
      at += text.charCodeAt(at + 1) === 13 && text.charCodeAt(at + 2) === 10 ? 3 : 2;
      from = at;
    } else if (c === 13) {
      piece += `${text.slice(from, at)}\n`;
      at += text.charCodeAt(at + 1) === 10 ? 2 : 1;
      from = at;
    } else if (c === 36) {
      const next = text.charCodeAt(at + 1);
      if (next === 123) {
        checkNul();
        piece += text.slice(from, at);
        if (piece !== '') parts.push(piece);
        piece = '';
        lexer.offset = at + 2;
        parts.push(interpolation());
        from = begun = at = lexer.offset;
      } else if (next === 34 || next === 92 || next === 13 || next === 0) at++;
      else at += 2; // `$$` swallows the second one, so that `$${` is no interpolation.
    } else {
      if (c === 0) hasNul = true;
      at++;
    }
  }
  checkNul();
  piece += text.slice(from, at);
  if (piece !== '') parts.push(piece);
  lexer.offset = at + 1;
  return parts;
}

function escaped(text: string, at: number): string {
  const c = text[at]!;
  return c === 'n' ? '\n' : c === 'r' ? '\r' : c === 't' ? '\t' : c === '\r' ? '\n' : c;
}

/** How much of a string is shown before and behind a null byte. */
const NEAR = 60;

/** A string that could not be handed to a program of C. As in Nix, one that is escaped by a backslash is let through. */
function nulByte(text: string, pos: Pos): Error {
  const nul = text.indexOf('\0');
  const near = text.slice(Math.max(0, nul - NEAR), nul + NEAR);
  const shown = `${nul > NEAR ? '...' : ''}${near.replaceAll('\0', '\xe2\x90\x80')}${nul + NEAR < text.length ? '...' : ''}`;
  return syntaxError(
    'eval/null-byte',
    `input string '${shown}' cannot be represented as Nix string because it contains null bytes`,
    pos,
    'remove the null byte (shown as \xe2\x90\x80) from the file',
  );
}

function unterminated(lexer: Lexer, opened: number, quote: string): Error {
  return incompleteText(
    `syntax error: this string has no end, expected \`${quote}\` before the end of the file`,
    lexer.source.base + opened,
  );
}

/** Reads from behind the opening `''` to behind the closing one; the result has its indentation stripped. */
export function readIndentedString(lexer: Lexer, interpolation: ParseInterpolation): (string | Expr)[] {
  const { text } = lexer;
  const opened = lexer.start;
  const pieces: (Piece | { expr: Expr; pos: Pos })[] = [];
  let at = skipFirstLine(text, lexer.offset);
  let from = at;
  const flush = (): void => {
    if (at === from) return;
    const piece = text.slice(from, at);
    if (piece.includes('\0')) throw nulByte(piece, lexer.source.base + from);
    pieces.push({ text: piece, indents: true });
  };
  for (;;) {
    if (at >= text.length) {
      at = text.length;
      flush();
      throw unterminated(lexer, opened, "''");
    }
    const c = text.charCodeAt(at);
    const next = text.charCodeAt(at + 1);
    if (c === 36) {
      if (next === 123) {
        flush();
        lexer.offset = at + 2;
        const pos = lexer.source.base + at;
        pieces.push({ expr: interpolation(), pos });
        from = at = lexer.offset;
      } else if (next === 39) {
        flush();
        pieces.push({ text: '$', indents: false });
        from = ++at;
      } else at += 2;
    } else if (c === 39) {
      if (next === 39) {
        const third = text.charCodeAt(at + 2);
        flush();
        if (third === 36) {
          pieces.push({ text: '$', indents: false });
          at += 3;
        } else if (third === 39) {
          pieces.push({ text: "''", indents: false });
          at += 3;
        } else if (third === 92 && at + 3 < text.length) {
          pieces.push({ text: escaped(text, at + 3), indents: false });
          at += text.charCodeAt(at + 3) === 13 && text.charCodeAt(at + 4) === 10 ? 5 : 4;
        } else break;
        from = at;
      } else if (next === 36) {
        flush();
        pieces.push({ text: "'", indents: false });
        from = ++at;
      } else at += 2;
    } else at++;
  }
  lexer.offset = at + 2;
  return stripIndentation(pieces);
}

/** Blanks up to the first line break, and that itself, are not part of the string. */
function skipFirstLine(text: string, at: number): number {
  let end = at;
  while (text.charCodeAt(end) === 32) end++;
  return text.charCodeAt(end) === 10 ? end + 1 : at;
}

/** The least indentation of all lines; lines of blanks only don't count. */
function leastIndentation(pieces: readonly (Piece | { expr: Expr })[]): number {
  let atStart = true;
  let least = Infinity;
  let current = 0;
  for (const piece of pieces) {
    if ('expr' in piece || !piece.indents) {
      if (atStart) least = Math.min(least, current);
      atStart = false;
      continue;
    }
    const { text } = piece;
    for (let i = 0; i < text.length; ) {
      if (!atStart) {
        // On to the next line.
        const lineBreak = text.indexOf('\n', i);
        if (lineBreak < 0) break;
        i = lineBreak + 1;
        atStart = true;
        current = 0;
        continue;
      }
      const c = text.charCodeAt(i++);
      if (c === 32) current++;
      else if (c === 10) current = 0;
      else {
        atStart = false;
        least = Math.min(least, current);
      }
    }
  }
  return least;
}

function stripIndentation(pieces: readonly (Piece | { expr: Expr })[]): (string | Expr)[] {
  const least = leastIndentation(pieces);
  const out: (string | Expr)[] = [];
  let atStart = true;
  let dropped = 0;
  pieces.forEach((piece, i) => {
    if ('expr' in piece) {
      atStart = false;
      dropped = 0;
      out.push(piece.expr);
      return;
    }
    const { text: source } = piece;
    let text = '';
    // From here on the source is kept as it is.
    let from = 0;
    for (let i = 0; i < source.length; ) {
      if (!atStart) {
        const lineBreak = source.indexOf('\n', i);
        if (lineBreak < 0) break;
        i = lineBreak + 1;
        atStart = true;
        continue;
      }
      const c = source.charCodeAt(i);
      if (c === 32) {
        if (dropped++ < least) {
          if (i > from) text += source.slice(from, i);
          from = i + 1;
        }
      } else {
        dropped = 0;
        if (c !== 10) atStart = false;
      }
      i++;
    }
    text += source.slice(from);
    // The last line, when it is of blanks only, goes with the closing quotes.
    if (i === pieces.length - 1) text = text.replace(/\n *$/, '\n');
    if (text === '') return;
    const last = out.length - 1;
    if (typeof out[last] === 'string') out[last] += text;
    else out.push(text);
  });
  return out;
}
