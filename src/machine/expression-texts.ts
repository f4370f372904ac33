/** Nix texts as expressions of the machine: parsed once, and kept by what they say. */
import { dirOf, type Evaluator } from '../eval/evaluator.ts';
import { registerBytes } from '../lang/position.ts';
import { digest } from '../nix-format/hash.ts';
import { Unwritable, writeExpression } from './write-expression.ts';

/** To be raised when the form of expressions changes, or what the grammar makes of a text; machine/parser.ts follows src/lang then. */
const REVISION = 3;

export interface LocatedExpression {
  /** As write-expression.ts describes. */
  bytes: Uint8Array;
  /** Where relative paths begin. */
  folder: string;
  /** Where the positions of the text begin. */
  position: number;
}

/** Expressions by the hash of their text and of all else that counts. */
export interface ExpressionCache {
  find(key: Buffer): Uint8Array | undefined;
  add(key: Buffer, bytes: Uint8Array): void;
}

/** What writeExpression would make of a text, in memory that may soon be another's; undefined where it is to be asked itself. */
export type TextParser = (text: Uint8Array) => Uint8Array | undefined;

export class ExpressionTexts {
  /** All but the text that decides what its expression is. */
  private readonly stamp: Uint8Array;

  constructor(
    private readonly ev: Evaluator,
    private readonly cache: ExpressionCache | undefined,
  ) {
    this.stamp = digest('sha256', `${REVISION}\0${ev.syntaxStamp}`);
  }

  /** The expression of a file. Throws what reading and parsing it do, and Unwritable. */
  file(file: string, parse: TextParser): LocatedExpression {
    return this.expression(this.ev.readSourceBytes(file), dirOf(file), file, parse);
  }

  /** Relative paths begin at `folder`. */
  expression(text: Uint8Array, folder: string, name: string, parse: TextParser): LocatedExpression {
    const key = this.cache && digest('sha256', Buffer.concat([this.stamp, digest('sha256', text)]));
    const known = key && this.cache!.find(key);
    if (known) return { bytes: known, folder, position: registerBytes(name, text).base };
    const written = this.written(text, name, parse);
    if (key) this.cache!.add(key, written.bytes);
    return { ...written, folder };
  }

  private written(text: Uint8Array, name: string, parse: TextParser): { bytes: Uint8Array; position: number } {
    const bytes = parse(text);
    if (!bytes) return writtenByOther(this.ev, Buffer.from(text).toString('latin1'), name);
    return { bytes: this.cache ? Buffer.from(bytes) : bytes, position: registerBytes(name, text).base };
  }
}

/** As the other evaluator's parser reads a text, which tells what is wrong with it. Throws Unwritable too. */
export function writtenByOther(ev: Evaluator, text: string, name: string): { bytes: Uint8Array; position: number } {
  const home = (): never => {
    throw new Unwritable();
  };
  const { expr, source } = ev.parseWhole(text, name, home);
  return { bytes: writeExpression(expr, source.base), position: source.base };
}
