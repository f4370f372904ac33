/** Tokens to syntax tree: the grammar of Nix 2.34 by recursive descent, operators by precedence climbing. */
import {
  Bindings,
  type AttrName,
  type AttrsExpr,
  type BinaryOperator,
  type Expr,
  type FormalExpr,
  type LambdaExpr,
  type VarExpr,
} from './ast.ts';
import { addBinding, addStatic } from './bindings.ts';
import { floatLiteral } from './float-literal.ts';
import { Lexer, type Token } from './lexer.ts';
import { lintPath, lintUrl, type Lints } from './lint.ts';
import { internName } from './names.ts';
import { normalizePath, relativePath } from './paths.ts';
import { readIndentedString, readString } from './strings.ts';
import { incompleteText, syntaxError } from './syntax-error.ts';
import { laterExpr, LaterParts } from './later.ts';
import { registerSource, type Pos, type SourceText } from './position.ts';

export interface ParseOptions {
  /** Where relative paths start; absolute. */
  basePath: string;
  /** The user's home directory, asked when `~/` is met. */
  home(): string;
  /** Experimental: `|>` and `<|`. */
  pipes: boolean;
  /** Relative paths stay so: `\x01STEPS\x01REST`, how many folders up from where they start, and what follows there. */
  relative?: boolean;
  lints?: Lints;
  /** How long an expression must be to be left for later, in bytes. */
  leastPart?: number;
}

export interface ParsedFile {
  expr: Expr;
  source: SourceText;
}

export interface PartlyParsedFile extends ParsedFile {
  parts: LaterParts;
}

/** The tree of one text. Throws a BootflakeError with the place and what was expected there. */
export function parse(file: string, text: string, options: ParseOptions): ParsedFile {
  const source = registerSource(file, text);
  return { expr: new Parser(new Lexer(source), options).file(), source };
}

/** As `parse`, but parts may stand as LaterExprs; those that are `known` from an earlier parse of the same text are skipped. */
export function parseInParts(file: string, text: string, options: ParseOptions, known: Uint32Array | null): PartlyParsedFile {
  const source = registerSource(file, text);
  const parts = new LaterParts(source, options, known);
  return { expr: new Parser(new Lexer(source), options, parts).file(), source, parts };
}

/** The definitions of a text that has nothing else, as a set; the last `;` may be missing. Throws as `parse` does. */
export function parseDefinitions(file: string, text: string, options: ParseOptions): AttrsExpr {
  return new Parser(new Lexer(registerSource(file, text)), options).definitions();
}

interface Operator {
  precedence: number;
  assoc: 'left' | 'right' | 'none';
}

const operators = new Map<Token, Operator>([
  ['->', { precedence: 1, assoc: 'right' }],
  ['||', { precedence: 2, assoc: 'left' }],
  ['&&', { precedence: 3, assoc: 'left' }],
  ['==', { precedence: 4, assoc: 'none' }],
  ['!=', { precedence: 4, assoc: 'none' }],
  ['<', { precedence: 5, assoc: 'none' }],
  ['>', { precedence: 5, assoc: 'none' }],
  ['<=', { precedence: 5, assoc: 'none' }],
  ['>=', { precedence: 5, assoc: 'none' }],
  ['//', { precedence: 6, assoc: 'right' }],
  ['+', { precedence: 8, assoc: 'left' }],
  ['-', { precedence: 8, assoc: 'left' }],
  ['*', { precedence: 9, assoc: 'left' }],
  ['/', { precedence: 9, assoc: 'left' }],
  ['++', { precedence: 10, assoc: 'right' }],
  ['?', { precedence: 11, assoc: 'left' }],
]);
const notPrecedence = 7;
const negatePrecedence = 12;

const operatorFunctions: Partial<Record<BinaryOperator, string>> = {
  '-': '__sub',
  '*': '__mul',
  '/': '__div',
  '<': '__lessThan',
  '<=': '__lessThan',
  '>': '__lessThan',
  '>=': '__lessThan',
};

const int64Max = 2n ** 63n - 1n;

export class Parser {
  private readonly endOfPart: (at: number) => number;
  /** How many sets and `let`s are around the place at hand. */
  private nesting = 0;

  /** With `parts`, those that begin behind `from` may be left for later. */
  constructor(
    private readonly lexer: Lexer,
    private readonly options: ParseOptions,
    private readonly parts: LaterParts | null = null,
    from = -1,
  ) {
    this.endOfPart = parts ? parts.endsFrom(from) : () => 0;
  }

  file(): Expr {
    this.lexer.next();
    const expr = this.expression();
    if (this.lexer.token !== 'eof') throw this.unexpected('the end of the file');
    return expr;
  }

  definitions(): AttrsExpr {
    this.lexer.next();
    const { pos } = this.lexer;
    return { kind: 'attrs', pos, recursive: false, bindings: this.bindings('eof') };
  }

  /** One expression, whatever comes behind it. */
  part(): Expr {
    this.nesting = 1;
    this.lexer.next();
    return this.expression();
  }

  /** The value of a binding, or the body of a function within one: what can wait. The outermost function of a file is called at once. */
  private waiting(): Expr {
    const { lexer, parts } = this;
    if (parts === null || this.nesting === 0) return this.expression();
    const { start } = lexer;
    const end = this.endOfPart(start);
    if (end === 0) return parts.note(this.expression(), start, lexer.start);
    lexer.offset = end;
    lexer.next();
    return laterExpr(parts, start, null);
  }

  private unexpected(expected: string, hint?: string): Error {
    const { lexer } = this;
    if (lexer.token === 'eof') return incompleteText(`syntax error: unexpected end of the file, expected ${expected}`, lexer.pos, hint);
    const text = lexer.text.slice(lexer.start, Math.max(lexer.end, lexer.start + 1));
    const found = text === '\0' ? 'a null byte' : `\`${text}\``;
    return syntaxError('eval/syntax', `syntax error: unexpected ${found}, expected ${expected}`, lexer.pos, hint);
  }

  private expect(token: Token, why: string): void {
    if (this.lexer.token !== token) throw this.unexpected(`\`${token}\` ${why}`);
    this.lexer.next();
  }

  private variable(name: string, pos: Pos): VarExpr {
    return { kind: 'var', pos, name, depth: -1, slot: 0, withs: null };
  }

  expression(): Expr {
    const { lexer } = this;
    const { pos } = lexer;
    switch (lexer.token) {
      case 'id': {
        const lambda = this.simpleLambda();
        return lambda ?? this.pipe();
      }
      case '{':
        return this.startsFormals() ? this.formalsLambda(null, pos) : this.pipe();
      case 'assert': {
        lexer.next();
        const condition = this.expression();
        const conditionEnd = lexer.source.base + this.lastEnd(lexer.start);
        this.expect(';', 'after the condition of `assert`');
        return { kind: 'assert', pos, condition, conditionEnd, body: this.expression() };
      }
      case 'with': {
        lexer.next();
        const attrs = this.expression();
        this.expect(';', 'after the set of `with`');
        return { kind: 'with', pos, attrs, body: this.expression() };
      }
      case 'let':
        return this.let(pos);
      case 'if': {
        lexer.next();
        const condition = this.expression();
        this.expect('then', 'after the condition of `if`');
        const then = this.expression();
        this.expect('else', 'after the `then` of `if`; an `if` always has both');
        return { kind: 'if', pos, condition, then, otherwise: this.expression() };
      }
      default:
        return this.pipe();
    }
  }

  /** The end of the text before `at`, without blanks. */
  private lastEnd(at: number): number {
    const { text } = this.lexer;
    while (at > 0 && ' \t\r\n'.includes(text[at - 1]!)) at--;
    return at;
  }

  /** `x: body` or `x@{...}: body`, when the identifier at hand begins one. */
  private simpleLambda(): Expr | undefined {
    const { lexer } = this;
    const { pos, value: name } = lexer;
    const after = this.peek();
    if (after === ':') {
      lexer.next();
      lexer.next();
      return this.lambda(pos, name, null, false);
    }
    if (after !== '@') return undefined;
    lexer.next();
    lexer.next();
    if (lexer.token !== '{') throw this.unexpected('`{` with the names of the arguments');
    return this.formalsLambda(name, pos);
  }

  private lambda(pos: Pos, arg: string | null, formals: FormalExpr[] | null, ellipsis: boolean): LambdaExpr {
    return { kind: 'lambda', pos, arg, formals, ellipsis, body: this.waiting(), name: '', chain: null };
  }

  /** The token after the one at hand. */
  private peek(): Token {
    const { lexer } = this;
    const { token, start, end, value, offset } = lexer;
    const next = lexer.next();
    lexer.restore(token, start, end, value, offset);
    return next;
  }

  /** Whether the `{` at hand begins the arguments of a function rather than a set. */
  private startsFormals(): boolean {
    const { lexer } = this;
    const { token, start, end, value, offset } = lexer;
    const first = lexer.next();
    let answer = first === '...';
    if (first === '}') {
      const second = lexer.next();
      answer = second === ':' || second === '@';
    } else if (first === 'id') {
      const second = lexer.next();
      answer = second === ',' || second === '?' || second === '}';
    }
    lexer.restore(token, start, end, value, offset);
    return answer;
  }

  /** From `{`; `arg` is the name before an `@`, if there was one. */
  private formalsLambda(arg: string | null, pos: Pos): Expr {
    const { lexer } = this;
    lexer.next();
    const formals: FormalExpr[] = [];
    let ellipsis = false;
    while (lexer.token !== '}') {
      if (lexer.token === '...') {
        ellipsis = true;
        lexer.next();
        if ((lexer.token as Token) !== '}') throw this.unexpected('`}`; nothing may follow `...`');
        break;
      }
      if (lexer.token !== 'id') throw this.unexpected('the name of an argument, `...` or `}`');
      const formal: FormalExpr = { name: lexer.value, pos: lexer.pos, fallback: null };
      lexer.next();
      if ((lexer.token as Token) === '?') {
        lexer.next();
        formal.fallback = this.expression();
      }
      formals.push(formal);
      if ((lexer.token as Token) === ',') lexer.next();
      else if ((lexer.token as Token) !== '}') throw this.unexpected('`,` or `}` after an argument');
    }
    lexer.next();
    if ((lexer.token as Token) === '@') {
      if (arg !== null) throw this.unexpected('`:`');
      lexer.next();
      if ((lexer.token as Token) !== 'id') throw this.unexpected('a name for the whole argument');
      arg = lexer.value;
      lexer.next();
    }
    this.checkFormals(formals, arg, pos);
    this.expect(':', 'after the arguments of a function');
    return this.lambda(pos, arg, formals, ellipsis);
  }

  private checkFormals(formals: readonly FormalExpr[], arg: string | null, pos: Pos): void {
    const seen = formals.length > 20 ? new Set<string>() : null;
    formals.forEach(({ name, pos: at }, i) => {
      const before = seen ? seen.has(name) : formals.findIndex((f) => f.name === name) < i;
      if (before) throw syntaxError('eval/duplicate-argument', `duplicate formal function argument '${name}'`, at);
      seen?.add(name);
    });
    if (arg !== null && formals.some((f) => f.name === arg))
      throw syntaxError('eval/duplicate-argument', `duplicate formal function argument '${arg}'`, pos);
  }

  private let(pos: Pos): Expr {
    const { lexer } = this;
    lexer.next();
    // The ancient `let { ...; body = ...; }` is an operand like any other.
    if (lexer.token === '{') return this.pipe(this.letBody(pos));
    const bindings = this.bindings('in');
    const [dynamic] = bindings.dynamic;
    if (dynamic)
      throw syntaxError(
        'eval/syntax',
        'dynamic attributes not allowed in let',
        dynamic.pos,
        'write the set outside of the `let`, or give the name as it is',
      );
    this.expect('in', 'after the definitions of `let`');
    return { kind: 'let', pos, bindings, body: this.expression(), layout: null };
  }

  private letBody(pos: Pos): Expr {
    this.lexer.next();
    const bindings = this.bindings('}');
    this.expect('}', 'at the end of `let {`');
    const set: AttrsExpr = { kind: 'attrs', pos, recursive: true, bindings };
    return { kind: 'select', pos, base: set, path: [{ name: 'body', expr: null, pos }], fallback: null };
  }

  /** An expression of operators, and the pipes between such. `first` is an operand that was read already. */
  private pipe(first?: Expr): Expr {
    const { lexer } = this;
    let left = this.operation(0, first);
    if ((lexer.token === '|>' || lexer.token === '<|') && !this.options.pipes) {
      throw syntaxError(
        'eval/disabled-feature',
        "experimental Nix feature 'pipe-operators' is disabled",
        lexer.pos,
        'add --extra-experimental-features pipe-operators to enable it',
      );
    }
    if (lexer.token === '|>') {
      while (lexer.token === '|>') {
        const { pos } = lexer;
        lexer.next();
        left = { kind: 'apply', pos, fn: this.operation(0), args: [left] };
      }
      if ((lexer.token as Token) === '<|') throw this.unexpected('parentheses; `|>` and `<|` may not be mixed');
    } else if (lexer.token === '<|') {
      const { pos } = lexer;
      lexer.next();
      const right = this.pipe();
      left = { kind: 'apply', pos, fn: left, args: [right] };
    }
    return left;
  }

  private operation(least: number, first?: Expr): Expr {
    const { lexer } = this;
    let left = this.unary(first);
    let blocked = -1;
    for (;;) {
      const token = lexer.token;
      const operator = operators.get(token);
      if (!operator || operator.precedence < least) return left;
      if (operator.precedence === blocked) throw this.unexpected(`parentheses; \`${token}\` can't be chained`);
      const { pos } = lexer;
      lexer.next();
      if (token === '?') left = { kind: 'hasAttr', pos, base: left, path: this.attrPath() };
      else {
        const right = this.operation(operator.assoc === 'right' ? operator.precedence : operator.precedence + 1);
        const op = token as BinaryOperator;
        const name = operatorFunctions[op];
        left = { kind: 'binary', pos, op, left, right, fn: name ? this.variable(name, pos) : null };
      }
      blocked = operator.assoc === 'none' ? operator.precedence : -1;
    }
  }

  private unary(first?: Expr): Expr {
    const { lexer } = this;
    const { pos } = lexer;
    if (first) return this.application(first);
    if (lexer.token === '!') {
      lexer.next();
      return { kind: 'not', pos, operand: this.operation(notPrecedence) };
    }
    if (lexer.token === '-') {
      lexer.next();
      return { kind: 'negate', pos, operand: this.operation(negatePrecedence), sub: this.variable('__sub', pos) };
    }
    return this.application();
  }

  private application(first?: Expr): Expr {
    const { lexer } = this;
    const { pos } = lexer;
    const fn = this.selection(first);
    if (!this.startsOperand()) return fn;
    const args: Expr[] = [];
    while (this.startsOperand()) args.push(this.selection());
    return { kind: 'apply', pos, fn, args };
  }

  private startsOperand(): boolean {
    switch (this.lexer.token) {
      case 'id':
      case 'int':
      case 'float':
      case '"':
      case "''":
      case 'path':
      case 'hpath':
      case 'spath':
      case 'uri':
      case '(':
      case '{':
      case '[':
      case 'rec':
      case 'let':
        return true;
      default:
        return false;
    }
  }

  private selection(first?: Expr): Expr {
    const { lexer } = this;
    const base = first ?? this.simple();
    if (lexer.token === '.') {
      const { pos } = lexer;
      lexer.next();
      const path = this.attrPath();
      let fallback: Expr | null = null;
      if ((lexer.token as Token) === 'or') {
        lexer.next();
        fallback = this.selection();
      }
      return { kind: 'select', pos: path[0]?.pos ?? pos, base, path, fallback };
    }
    if (lexer.token === 'or') {
      // `f or` applies f to a variable named `or`, from times when that was no keyword.
      const { pos } = lexer;
      lexer.next();
      return { kind: 'apply', pos, fn: base, args: [this.variable('or', pos)] };
    }
    return base;
  }

  private simple(): Expr {
    const { lexer } = this;
    const { pos, value } = lexer;
    switch (lexer.token) {
      case 'id':
        lexer.next();
        return value === '__curPos' ? { kind: 'curPos', pos } : this.variable(value, pos);
      case 'int':
        lexer.next();
        return { kind: 'int', pos, value: this.integer(value, pos) };
      case 'float':
        lexer.next();
        return { kind: 'float', pos, value: floatLiteral(value, pos) };
      case '"':
      case "''":
        return this.string();
      case 'path':
      case 'hpath':
        return this.path();
      case 'spath':
        lexer.next();
        return {
          kind: 'searchPath',
          pos,
          value: value.slice(1, -1),
          findFile: this.variable('__findFile', pos),
          nixPath: this.variable('__nixPath', pos),
        };
      case 'uri':
        if (this.options.lints) lintUrl(this.options.lints, value, pos);
        lexer.next();
        return { kind: 'string', pos, value };
      case '(': {
        lexer.next();
        const inner = this.expression();
        this.expect(')', 'to close the `(`');
        return inner;
      }
      case '[':
        return this.list(pos);
      case 'let':
        lexer.next();
        if ((lexer.token as Token) !== '{') throw this.unexpected('`{`; a `let ... in ...` here needs parentheses around it');
        return this.letBody(pos);
      case 'rec':
        lexer.next();
        if ((lexer.token as Token) !== '{') throw this.unexpected('`{` after `rec`');
        return this.set(pos, true);
      case '{':
        return this.set(pos, false);
      default:
        throw this.unexpected('an expression');
    }
  }

  private integer(digits: string, pos: Pos): number | bigint {
    const small = Number(digits);
    if (Number.isSafeInteger(small)) return small;
    const big = BigInt(digits);
    if (big > int64Max)
      throw syntaxError(
        'eval/invalid-integer',
        `invalid integer '${digits}'`,
        pos,
        'integers have 64 bits: the largest is 9223372036854775807',
      );
    return big;
  }

  private list(pos: Pos): Expr {
    const { lexer } = this;
    lexer.next();
    const elements: Expr[] = [];
    while (this.startsOperand()) elements.push(this.selection());
    if (lexer.token !== ']')
      throw this.unexpected('an element of the list or `]`', 'a function call, operator or `if` in a list needs parentheses');
    lexer.next();
    return { kind: 'list', pos, elements };
  }

  private set(pos: Pos, recursive: boolean): Expr {
    this.lexer.next();
    const bindings = this.bindings('}');
    this.expect('}', 'at the end of the set');
    return { kind: 'attrs', pos, recursive, bindings };
  }

  /** Definitions up to, not including, the token that closes them. */
  private bindings(close: Token): Bindings {
    const { lexer } = this;
    const bindings = new Bindings();
    this.nesting += 1;
    while (lexer.token !== close) {
      const { pos } = lexer;
      if (lexer.token === 'inherit') {
        lexer.next();
        this.inherit(bindings);
        if ((lexer.token as Token) !== 'eof' || close !== 'eof') this.expect(';', 'after the names to inherit');
        continue;
      }
      if (!this.startsAttrName()) throw this.unexpected(`the name of an attribute, \`inherit\` or \`${close}\``);
      const path = this.attrPath();
      if ((lexer.token as Token) !== '=')
        throw this.unexpected('`=` after the name of an attribute', close === 'in' ? 'or is `in` missing before the name?' : undefined);
      lexer.next();
      const value = this.waiting();
      if ((lexer.token as Token) === ';') lexer.next();
      else if ((lexer.token as Token) !== 'eof' || close !== 'eof')
        throw this.unexpected('`;` after a definition', 'each definition ends with `;`: is one missing before this?');
      addBinding(bindings, path, value, pos);
    }
    this.nesting -= 1;
    return bindings;
  }

  private inherit(bindings: Bindings): void {
    const { lexer } = this;
    let from = -1;
    if (lexer.token === '(') {
      lexer.next();
      from = bindings.sources.push(this.expression()) - 1;
      this.expect(')', 'after the set to inherit from');
    }
    while (this.startsAttrName()) {
      const attr = this.attrName();
      if (attr.name === null)
        throw syntaxError('eval/syntax', 'dynamic attributes not allowed in inherit', attr.pos, 'write `${name} = set.${name};`');
      const value = from < 0 ? this.variable(attr.name, attr.pos) : null;
      addStatic(bindings, { name: attr.name, pos: attr.pos, value, inherited: from < 0, from }, [attr.name]);
    }
  }

  private startsAttrName(): boolean {
    const { token } = this.lexer;
    return token === 'id' || token === 'or' || token === '"' || token === '${';
  }

  private attrPath(): AttrName[] {
    const path = [this.attrName()];
    while (this.lexer.token === '.') {
      this.lexer.next();
      path.push(this.attrName());
    }
    return path;
  }

  private attrName(): AttrName {
    const { lexer } = this;
    const { pos } = lexer;
    switch (lexer.token) {
      case 'id': {
        const name = lexer.value;
        lexer.next();
        return { name, expr: null, pos };
      }
      case 'or':
        lexer.next();
        return { name: 'or', expr: null, pos };
      case '"':
        return attrNameOf(this.string(), pos);
      case '${': {
        const expr = this.interpolation();
        lexer.next();
        return attrNameOf(expr, pos);
      }
      default:
        throw this.unexpected('the name of an attribute');
    }
  }

  /** From behind `${` to `}`, which stays the last token, so that the text behind it can be read as part of a string. */
  private interpolation(): Expr {
    this.lexer.next();
    const expr = this.expression();
    if (this.lexer.token !== '}') throw this.unexpected('`}` to close the `${`');
    return expr;
  }

  private string(): Expr {
    const { lexer } = this;
    const { pos } = lexer;
    const interpolation = (): Expr => this.interpolation();
    const parts = lexer.token === '"' ? readString(lexer, interpolation) : readIndentedString(lexer, interpolation);
    lexer.next();
    return stringOf(parts, pos);
  }

  private path(): Expr {
    const { lexer, options } = this;
    const { pos, value } = lexer;
    if (lexer.token === 'hpath' && this.parts) this.parts.portable = false;
    const isRelative = lexer.token !== 'hpath' && !value.startsWith('/');
    const base = lexer.token === 'hpath' ? `${options.home()}${value.slice(1)}` : isRelative ? `${options.basePath}/${value}` : value;
    if (options.lints) lintPath(options.lints, value, pos);
    const start = isRelative && options.relative ? relativePath(value) : normalizePath(base);
    const { text } = lexer;
    const parts: (string | Expr)[] = [];
    let at = lexer.offset;
    let slash = value.endsWith('/');
    for (;;) {
      if (text.startsWith('${', at)) {
        lexer.offset = at + 2;
        parts.push(this.interpolation());
        at = lexer.offset;
        slash = false;
        continue;
      }
      const end = lexer.endOfPathPart(at);
      if (end === at) break;
      // A doubled slash ends the path's first part. As in Nix's grammar one more part may follow, and then an interpolation: `/a//b${c}`.
      if (parts.length === 1 && typeof parts[0] === 'string') throw unfinishedPath(pos);
      parts.push(text.slice(at, end));
      slash = text[end - 1] === '/';
      at = end;
    }
    if (slash) throw syntaxError('eval/syntax', 'path has a trailing slash', pos, 'a path is written without a slash at its end');
    if (parts.length === 1 && typeof parts[0] === 'string') throw unfinishedPath(pos);
    lexer.offset = at;
    lexer.next();
    if (parts.length === 0) return { kind: 'path', pos, value: start };
    const first = start + (base.endsWith('/') && base.length > 1 ? '/' : '');
    return {
      kind: 'pathInterpolation',
      pos,
      parts: [
        { kind: 'path', pos, value: first === '//' ? '/' : first },
        ...parts.map((part): Expr => (typeof part === 'string' ? { kind: 'string', pos, value: part } : part)),
      ],
    };
  }
}

function attrNameOf(expr: Expr, pos: Pos): AttrName {
  return expr.kind === 'string' ? { name: internName(expr.value), expr: null, pos } : { name: null, expr, pos };
}

function stringOf(parts: (string | Expr)[], pos: Pos): Expr {
  if (parts.length === 0) return { kind: 'string', pos, value: '' };
  if (parts.length === 1 && typeof parts[0] === 'string') return { kind: 'string', pos, value: parts[0] };
  return {
    kind: 'interpolation',
    pos,
    parts: parts.map((part): Expr => (typeof part === 'string' ? { kind: 'string', pos, value: part } : part)),
  };
}

function unfinishedPath(pos: Pos): Error {
  return syntaxError(
    'eval/syntax',
    'syntax error: expected `${` after the doubled slash of a path',
    pos,
    'a path is written with single slashes',
  );
}
