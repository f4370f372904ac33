import { BootflakeError, type BootflakeErrorInit } from '../base/errors.ts';
import { decodeBytes } from './bytes.ts';
import { resolvePos, type Pos } from './position.ts';

/** The text ends too early: more of it might make it right. */
export class IncompleteText extends BootflakeError {}

/** An error in a text, at a place. */
export function syntaxError(code: `eval/${string}`, message: string, pos: Pos, hint?: string): BootflakeError {
  return new BootflakeError(described(code, message, pos, hint));
}

/** A syntax error at the end of a text. */
export function incompleteText(message: string, pos: Pos, hint?: string): IncompleteText {
  return new IncompleteText(described('eval/syntax', message, pos, hint));
}

function described(code: `eval/${string}`, message: string, pos: Pos, hint: string | undefined): BootflakeErrorInit {
  const plain = resolvePos(pos);
  return {
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
  };
}
