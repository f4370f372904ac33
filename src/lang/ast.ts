/** The syntax tree. Nodes are plain objects; `resolve.ts` fills in where variables live. */
import type { LaterParts } from './later.ts';
import type { Pos } from './position.ts';

export type Expr =
  | IntExpr
  | FloatExpr
  | StringExpr
  | InterpolationExpr
  | PathExpr
  | PathInterpolationExpr
  | SearchPathExpr
  | VarExpr
  | SelectExpr
  | HasAttrExpr
  | ApplyExpr
  | LambdaExpr
  | LetExpr
  | AttrsExpr
  | ListExpr
  | WithExpr
  | AssertExpr
  | IfExpr
  | NotExpr
  | NegateExpr
  | BinaryExpr
  | CurPosExpr
  | LaterExpr;

export interface IntExpr {
  kind: 'int';
  pos: Pos;
  value: number | bigint;
}
export interface FloatExpr {
  kind: 'float';
  pos: Pos;
  value: number;
}
export interface StringExpr {
  kind: 'string';
  pos: Pos;
  value: string;
}
/** `"a${b}"`; parts are never adjacent strings. */
export interface InterpolationExpr {
  kind: 'interpolation';
  pos: Pos;
  parts: Expr[];
}
/** Absolute already. */
export interface PathExpr {
  kind: 'path';
  pos: Pos;
  value: string;
}
/** `./a${b}`: the first part is a PathExpr, not normalised. */
export interface PathInterpolationExpr {
  kind: 'pathInterpolation';
  pos: Pos;
  parts: Expr[];
}
/** `<nixpkgs/lib>`; the two variables stand for `__findFile` and `__nixPath`, which a program may define itself. */
export interface SearchPathExpr {
  kind: 'searchPath';
  pos: Pos;
  value: string;
  findFile: VarExpr;
  nixPath: VarExpr;
}

/** Where a variable lives. A slot of -1 or -2 is the scope's `a` or `b`; one of 0 or more an index in the array in `a`. */
export interface VarExpr {
  kind: 'var';
  pos: Pos;
  name: string;
  /** Scopes to go up; -1: a builtin; -2: unknown, to be looked up in `withs`. */
  depth: number;
  slot: number;
  /** Depths of the enclosing `with`s, innermost first. */
  withs: number[] | null;
}

export type AttrName = { name: string; expr: null; pos: Pos } | { name: null; expr: Expr; pos: Pos };

export interface SelectExpr {
  kind: 'select';
  pos: Pos;
  base: Expr;
  path: AttrName[];
  fallback: Expr | null;
}
export interface HasAttrExpr {
  kind: 'hasAttr';
  pos: Pos;
  base: Expr;
  path: AttrName[];
}
export interface ApplyExpr {
  kind: 'apply';
  pos: Pos;
  fn: Expr;
  args: Expr[];
}

export interface FormalExpr {
  name: string;
  pos: Pos;
  fallback: Expr | null;
}
export interface LambdaExpr {
  kind: 'lambda';
  pos: Pos;
  /** Name of the whole argument: `x:` or `x@{...}:`. */
  arg: string | null;
  formals: FormalExpr[] | null;
  ellipsis: boolean;
  body: Expr;
  name: string;
  /**
   * `x: y: z: body` as one function of several arguments: the lambdas after this one that are called along with it. Filled in by resolve.
   */
  chain: LambdaExpr[] | null;
}

export interface LetExpr {
  kind: 'let';
  pos: Pos;
  bindings: Bindings;
  body: Expr;
  layout: ScopeLayout | null;
}
export interface AttrsExpr {
  kind: 'attrs';
  pos: Pos;
  recursive: boolean;
  bindings: Bindings;
}
export interface ListExpr {
  kind: 'list';
  pos: Pos;
  elements: Expr[];
}
export interface WithExpr {
  kind: 'with';
  pos: Pos;
  attrs: Expr;
  body: Expr;
}
export interface AssertExpr {
  kind: 'assert';
  pos: Pos;
  condition: Expr;
  conditionEnd: Pos;
  body: Expr;
}
export interface IfExpr {
  kind: 'if';
  pos: Pos;
  condition: Expr;
  then: Expr;
  otherwise: Expr;
}
export interface NotExpr {
  kind: 'not';
  pos: Pos;
  operand: Expr;
}
/** `-a` is `__sub 0 a`, a name that a program may define itself. */
export interface NegateExpr {
  kind: 'negate';
  pos: Pos;
  operand: Expr;
  sub: VarExpr;
}
export type BinaryOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||' | '->' | '//' | '++' | '+' | '-' | '*' | '/';
/** `fn`: `-`, `*`, `/` and the comparisons are `__sub`, `__mul`, `__div`, `__lessThan`, names that a program may define itself. */
export interface BinaryExpr {
  kind: 'binary';
  pos: Pos;
  op: BinaryOperator;
  left: Expr;
  right: Expr;
  fn: VarExpr | null;
}
export interface CurPosExpr {
  kind: 'curPos';
  pos: Pos;
}
/**
 * The value of a binding or the body of a function, at `start` of a text, that `readLater` makes a tree; `expr` when there is one. The
 * scope is the resolver's.
 */
export interface LaterExpr {
  kind: 'later';
  pos: Pos;
  parts: LaterParts;
  start: number;
  expr: Expr | null;
  scope: unknown;
}

/** How the variables of a scope are kept: in `a` and `b` (`slots`), or as an array in `a`. */
export type ScopeLayout = 'slots' | 'array';

/** One static attribute. `inherited`: the value is to be looked up outside of the set; `from`: selected from `Bindings.sources[from]`. */
export interface Binding {
  name: string;
  pos: Pos;
  value: Expr | null;
  inherited: boolean;
  from: number;
}

export interface DynamicBinding {
  name: Expr;
  value: Expr;
  pos: Pos;
}

/** What stands between the braces of a set or behind `let`. */
export class Bindings {
  readonly list: Binding[] = [];
  readonly dynamic: DynamicBinding[] = [];
  /** The expressions of `inherit (expr) a b;`. */
  readonly sources: Expr[] = [];
  private index: Map<string, Binding> | null = null;

  find(name: string): Binding | undefined {
    if (this.index) return this.index.get(name);
    for (const binding of this.list) if (binding.name === name) return binding;
    return undefined;
  }

  add(binding: Binding): void {
    this.list.push(binding);
    if (this.index) this.index.set(binding.name, binding);
    else if (this.list.length > 8) {
      this.index = new Map();
      for (const b of this.list) this.index.set(b.name, b);
    }
  }
}
