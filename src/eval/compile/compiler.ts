import type { Expr } from '../../lang/ast.ts';
import type { Pos } from '../../lang/position.ts';
import type { Evaluator } from '../evaluator.ts';
import type { Code, Value } from '../value.ts';
import type { Delay } from './delay.ts';

/** What the parts of the compiler need of each other. */
export interface Compiler {
  readonly ev: Evaluator;
  /** Builtins by the names under which they are in scope. */
  readonly globals: ReadonlyMap<string, Value>;
  /** Code that evaluates the expression; the value is never a thunk. */
  code(e: Expr): Code;
  /** As `code`, compiled when first run. */
  lazyCode(e: Expr): Code;
  /** `name` and `pos` tell readers of errors what the value is bound to. */
  delay(e: Expr, name: string | null, pos?: Pos): Delay;
  /** As `delay`, but always as a thunk. */
  thunk(e: Expr, name: string | null, pos?: Pos): Delay;
}
