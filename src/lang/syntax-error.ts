import { BootflakeError } from '../base/errors.ts';
import { decodeBytes } from './bytes.ts';
import { resolvePos, type Pos } from './position.ts';

/** An error in a text, at a place. */
export function syntaxError(code: `eval/${string}`, message: string, pos: Pos, hint?: string): BootflakeError {
  const plain = resolvePos(pos);
  return new BootflakeError({
    code,
    message: decodeBytes(message),
    ...(hint !== undefined && { hint: decodeBytes(hint) }),
    ...(plain && {
      position: {
        file: decodeBytes(plain.file),
        line: plain.line,
        column: decodeBytes(plain.sourceLine.slice(0, plain.column - 1)).length + 1,
        sourceLine: decodeBytes(plain.sourceLine),
      },
    }),
  });
}
