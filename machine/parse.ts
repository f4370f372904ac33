/** A text to the bytes that src/machine/write-expression.ts would make of it. */
import { openLexer } from './lexer';
import { file } from './parser';
import { openScopes } from './scopes';
import { cannot, openArena } from './syntax-arena';
import { openNames } from './syntax-names';
import { here, hereEnd } from './text';
import { write } from './writer';
import { finish, openWritten } from './written';

/** Less memory than this is not worth a try. */
const LEAST: u32 = 1 << 16;

/**
 * `scope`: the set of what is in scope everywhere. At least 16 zeros lie behind the text. Answers where the bytes are, which stay until
 * anything else is put together (text.ts); how many there are `writtenSize` tells. Stops where anything is wrong with the text, or unusual.
 */
export function parse(bytes: u32, length: u32, scope: u32): u32 {
  const from = (here() + 15) & ~15;
  if (hereEnd() < from + LEAST) cannot();
  // Halves, then: words, a quarter as many meanings, a stack of what is left.
  const half = ((hereEnd() - from) >>> 5) << 4;
  const quarter = (half >>> 4) << 3;
  openArena(from, from + half);
  openWritten(from + half, from + half + quarter);
  openScopes(from + half + quarter + (quarter >>> 2) + 16, from + 2 * half);
  openNames(scope, length);
  openLexer(bytes, bytes + length);
  return finish(write(file()));
}
