import type { Expr, LaterExpr } from './ast.ts';
import { Lexer } from './lexer.ts';
import { Parser } from './parser.ts';

/** The tree of a part, its variables resolved. */
export function readLater(e: LaterExpr): Expr {
  if (e.expr) return e.expr;
  const { parts, start } = e;
  const lexer = new Lexer(parts.source);
  lexer.offset = start;
  const expr = new Parser(lexer, parts.options, parts, start).part();
  parts.resolve(expr, e.scope);
  return expr;
}
