/**
 * Where each variable lives: how many scopes up, and in which slot. Done for a whole file before anything is evaluated,
 * so that an undefined variable is found wherever it stands.
 */
import type { AttrName, AttrsExpr, Bindings, Expr, LambdaExpr, LetExpr, ScopeLayout, VarExpr } from './ast.ts';
import type { LaterParts } from './later.ts';
import { isOneSlip, nearest } from './nearest.ts';
import { syntaxError } from './syntax-error.ts';

/** The names of one scope in order, null for a `with`. A name that comes twice belongs to its last place. */
class Scope {
  private index: Map<string, number> | null = null;
  constructor(
    readonly names: readonly string[] | null,
    private readonly layout: ScopeLayout,
    readonly up: Scope | null,
  ) {}

  slot(name: string): number | undefined {
    const names = this.names!;
    let i: number;
    if (names.length <= 12) {
      // Names are shared strings, so that this mostly compares pointers.
      for (i = names.length - 1; i >= 0; i--) if (names[i] === name) break;
      if (i < 0) return undefined;
    } else {
      if (!this.index) {
        this.index = new Map();
        for (let k = 0; k < names.length; k++) this.index.set(names[k]!, k);
      }
      const found = this.index.get(name);
      if (found === undefined) return undefined;
      i = found;
    }
    return this.layout === 'slots' ? -1 - i : i;
  }
}

/** Up to two variables are kept in the scope itself. */
export function layoutFor(count: number): ScopeLayout {
  return count <= 2 ? 'slots' : 'array';
}

/** Resolves a tree. `globals` are the builtins in scope; `outer` the names of a scope of one array around the file, in order. */
export function resolveVariables(
  expr: Expr,
  globals: { has(name: string): boolean; keys(): Iterable<string> },
  outer: readonly string[] | null,
): void {
  new Resolver(globals).visit(expr, outer ? new Scope(outer, 'array', null) : null);
}

/** As `resolveVariables`, for a text of which parts are parsed later, and these parts then. */
export function resolveInParts(expr: Expr, parts: LaterParts, globals: { has(name: string): boolean; keys(): Iterable<string> }): void {
  const resolver = new Resolver(globals);
  parts.resolve = (part, scope) => resolver.visit(part, scope as Scope | null);
  resolver.visit(expr, null);
}

class Resolver {
  constructor(private readonly globals: { has(name: string): boolean; keys(): Iterable<string> }) {}

  visit(e: Expr, scope: Scope | null): void {
    switch (e.kind) {
      case 'int':
      case 'float':
      case 'string':
      case 'path':
      case 'curPos':
        return;
      case 'interpolation':
      case 'pathInterpolation':
        for (const part of e.parts) this.visit(part, scope);
        return;
      case 'searchPath':
        this.variable(e.findFile, scope);
        return this.variable(e.nixPath, scope);
      case 'var':
        return this.variable(e, scope);
      case 'select':
        this.visit(e.base, scope);
        this.path(e.path, scope);
        if (e.fallback) this.visit(e.fallback, scope);
        return;
      case 'hasAttr':
        this.visit(e.base, scope);
        return this.path(e.path, scope);
      case 'apply':
        this.visit(e.fn, scope);
        for (const arg of e.args) this.visit(arg, scope);
        return;
      case 'lambda':
        return this.lambda(e, scope);
      case 'let':
        return this.let(e, scope);
      case 'attrs':
        return this.set(e, scope);
      case 'list':
        for (const element of e.elements) this.visit(element, scope);
        return;
      case 'with':
        this.visit(e.attrs, scope);
        return this.visit(e.body, new Scope(null, 'slots', scope));
      case 'assert':
        this.visit(e.condition, scope);
        return this.visit(e.body, scope);
      case 'if':
        this.visit(e.condition, scope);
        this.visit(e.then, scope);
        return this.visit(e.otherwise, scope);
      case 'not':
        return this.visit(e.operand, scope);
      case 'negate':
        this.variable(e.sub, scope);
        return this.visit(e.operand, scope);
      case 'later':
        e.scope = scope;
        if (e.expr) {
          this.visit(e.expr, scope);
          // It is parsed again if it is ever needed: few parts are, and trees are what most memory goes to.
          e.expr = null;
        }
        return;
      case 'binary':
        if (e.fn) this.variable(e.fn, scope);
        this.visit(e.left, scope);
        return this.visit(e.right, scope);
    }
  }

  private path(path: readonly AttrName[], scope: Scope | null): void {
    for (const part of path) if (part.expr) this.visit(part.expr, scope);
  }

  private lambda(e: LambdaExpr, scope: Scope | null): void {
    if (e.formals) {
      const names = e.formals.map((formal) => formal.name);
      if (e.arg !== null) names.push(e.arg);
      const inner = new Scope(names, layoutFor(names.length), scope);
      for (const { fallback } of e.formals) if (fallback) this.visit(fallback, inner);
      return this.visit(e.body, inner);
    }
    const chain: LambdaExpr[] = [];
    let body = e.body;
    while (body.kind === 'lambda' && !body.formals) {
      chain.push(body);
      body = body.body;
    }
    e.chain = chain;
    const names = [e.arg!, ...chain.map((lambda) => lambda.arg!)];
    this.visit(body, new Scope(names, layoutFor(names.length), scope));
  }

  private let(e: LetExpr, scope: Scope | null): void {
    const { list } = e.bindings;
    e.layout = layoutFor(list.length);
    const inner = new Scope(
      list.map((b) => b.name),
      e.layout,
      scope,
    );
    this.bindings(e.bindings, inner, scope);
    this.visit(e.body, inner);
  }

  private set(e: AttrsExpr, scope: Scope | null): void {
    const { list } = e.bindings;
    const inner = e.recursive
      ? new Scope(
          list.map((b) => b.name),
          'array',
          scope,
        )
      : scope;
    this.bindings(e.bindings, inner, scope);
    for (const { name, value } of e.bindings.dynamic) {
      this.visit(name, inner);
      this.visit(value, inner);
    }
  }

  private bindings(bindings: Bindings, inner: Scope | null, outer: Scope | null): void {
    for (const source of bindings.sources) this.visit(source, inner);
    for (const { value, inherited } of bindings.list) if (value) this.visit(value, inherited ? outer : inner);
  }

  private variable(e: VarExpr, scope: Scope | null): void {
    let depth = 0;
    let withs: number[] | null = null;
    for (let s = scope; s; s = s.up, depth++) {
      if (s.names === null) (withs ??= []).push(depth);
      else {
        const slot = s.slot(e.name);
        if (slot !== undefined) {
          e.depth = depth;
          e.slot = slot;
          return;
        }
      }
    }
    if (this.globals.has(e.name)) {
      e.depth = -1;
      return;
    }
    if (!withs) throw this.undefinedVariable(e, scope);
    e.depth = -2;
    e.withs = withs;
  }

  private undefinedVariable(e: VarExpr, scope: Scope | null): Error {
    const names = new Set<string>();
    for (let s = scope; s; s = s.up) if (s.names) for (const name of s.names) names.add(name);
    for (const name of this.globals.keys()) if (!name.startsWith('__')) names.add(name);
    return syntaxError('eval/undefined-variable', `undefined variable '${e.name}'`, e.pos, meantVariable(e.name, names));
  }
}

/** What to write for a name that isn't in scope. Where packages are, a name that is no slip of a letter is most likely one of them. */
function meantVariable(name: string, names: Set<string>): string | undefined {
  const isSlip = nearest(name, names).some((near) => isOneSlip(name, near));
  return names.has('pkgs') && !isSlip ? `a package is an attribute of \`pkgs\`: \`pkgs.${name}\`` : didYouMean(name, names);
}

/** "did you mean ...?" or nothing; of the candidates those that `accepts` accepts. */
export function didYouMean(name: string, candidates: Iterable<string>, accepts?: (candidate: string) => boolean): string | undefined {
  const found = nearest(name, candidates, accepts).map((c) => `\`${c}\``);
  if (found.length === 0) return undefined;
  const last = found.pop()!;
  return `did you mean ${found.length > 0 ? `${found.join(', ')} or ` : ''}${last}?`;
}
