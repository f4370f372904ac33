/**
 * Expressions in the machine's form (machine/nodes.ts) as bytes that belong to no address, so that they can be kept: words, what each word
 * means, symbols, and which builtins the text names. Word 0 is left for the folder that relative paths begin at; the root's offset is said
 * apart.
 */
import * as N from '../../machine/nodes.ts';
import { T_FLOAT, T_INT, T_STRING } from '../../machine/tags.ts';
import type { AttrName, AttrsExpr, BinaryOperator, Bindings, Expr, LambdaExpr, LetExpr, VarExpr } from '../lang/ast.ts';
import type { Pos } from '../lang/position.ts';

/** The machine cannot evaluate this; the other evaluator does. */
export class Unwritable extends Error {}

const operators: Record<BinaryOperator, number> = {
  '&&': N.N_AND,
  '||': N.N_OR,
  '->': N.N_IMPLIES,
  '==': N.N_EQUAL,
  '!=': N.N_UNEQUAL,
  '<': N.N_LESS,
  '<=': N.N_LESS_EQUAL,
  '>': N.N_GREATER,
  '>=': N.N_GREATER_EQUAL,
  '//': N.N_UPDATE,
  '++': N.N_CONCAT,
  '+': N.N_ADD,
  '-': N.N_SUBTRACT,
  '*': N.N_MULTIPLY,
  '/': N.N_DIVIDE,
};

/**
 * The bytes of a tree whose variables are resolved, whose relative paths stayed so (ParseOptions.relative), and whose positions begin at
 * `base`. Throws Unwritable.
 *
 *     root, words, symbols, builtins     32 bits each: offset of the root; how many there are of each
 *     words                              32 bits each
 *     meanings of the words              2 bits each, filled up to 32 bits
 *     builtins                           offset of a word, number of the symbol
 *     symbols                            length, bytes filled up to 32 bits
 */
export function writeExpression(root: Expr, base: Pos): Uint8Array {
  const writer = new Writer(base);
  return writer.bytes(writer.expression(root));
}

class Writer {
  private words = new Uint32Array(1024);
  private wordBytes = Buffer.from(this.words.buffer);
  private kinds = new Uint8Array(1024);
  private count = 1;
  private readonly symbols = new Map<string, number>();
  private readonly builtins: number[] = [];
  private readonly paths = new Map<string, number>();

  constructor(private readonly base: Pos) {}

  bytes(root: number): Uint8Array {
    const { count } = this;
    const kindWords = Math.ceil(count / 16);
    const names = [...this.symbols.keys()];
    const size = 4 + count + kindWords + this.builtins.length + names.reduce((sum, name) => sum + 1 + Math.ceil(name.length / 4), 0);
    const out = new Uint32Array(size);
    out.set([root, count, names.length, this.builtins.length / 2]);
    out.set(this.words.subarray(0, count), 4);
    let at = 4 + count;
    for (let i = 0; i < count; i++) out[at + (i >> 4)]! |= this.kinds[i]! << ((i & 15) * 2);
    at += kindWords;
    out.set(this.builtins, at);
    at += this.builtins.length;
    const bytes = Buffer.from(out.buffer);
    for (const name of names) {
      out[at++] = name.length;
      writeLatin1(bytes, at * 4, name);
      at += Math.ceil(name.length / 4);
    }
    return bytes;
  }

  /** Room for words; answers the offset of the first. */
  private room(count: number): number {
    const at = this.count;
    this.count += count;
    if (this.count > this.words.length) {
      const size = Math.max(this.count, this.words.length * 2);
      const words = new Uint32Array(size);
      words.set(this.words);
      this.words = words;
      this.wordBytes = Buffer.from(words.buffer);
      const kinds = new Uint8Array(size);
      kinds.set(this.kinds);
      this.kinds = kinds;
    }
    return at;
  }

  private put(at: number, word: number, kind = N.W_PLAIN): void {
    this.words[at] = word;
    this.kinds[at] = kind;
  }

  private node(kind: number, ...children: number[]): number {
    const at = this.room(1 + children.length);
    this.put(at, kind);
    children.forEach((child, i) => this.put(at + 1 + i, child, N.W_ADDRESS));
    return at;
  }

  private symbol(name: string): number {
    let number = this.symbols.get(name);
    if (number === undefined) this.symbols.set(name, (number = this.symbols.size));
    return number;
  }

  private string(text: string): number {
    const at = this.room(3 + Math.ceil(text.length / 4));
    this.put(at, T_STRING);
    this.put(at + 1, text.length);
    writeLatin1(this.wordBytes, (at + 3) * 4, text);
    return at;
  }

  /** A symbol, or 0 for none. */
  private putName(at: number, name: string): void {
    this.put(at, name === '' ? 0 : this.symbol(name), name === '' ? N.W_PLAIN : N.W_SYMBOL);
  }

  /** An int or float: two words of 32 bits. */
  private number(tag: number, low: number, high: number): number {
    const at = this.room(4);
    this.put(at, tag);
    this.put(at + 2, low);
    this.put(at + 3, high);
    return at;
  }

  private optional(e: Expr | null): number {
    return e ? this.expression(e) : 0;
  }

  /** An offset, where 0 is none. */
  private putOptional(at: number, offset: number): void {
    this.put(at, offset, offset === 0 ? N.W_PLAIN : N.W_ADDRESS);
  }

  private list(kind: number, items: readonly number[], ...before: number[]): number {
    const at = this.room(2 + before.length + items.length);
    this.put(at, kind);
    before.forEach((offset, i) => this.put(at + 1 + i, offset, N.W_ADDRESS));
    this.put(at + 1 + before.length, items.length);
    items.forEach((offset, i) => this.put(at + 2 + before.length + i, offset, N.W_ADDRESS));
    return at;
  }

  expression(e: Expr): number {
    switch (e.kind) {
      case 'int': {
        const n = BigInt.asUintN(64, BigInt(e.value));
        return this.node(N.N_CONSTANT, this.number(T_INT, Number(n & 0xffffffffn), Number(n >> 32n)));
      }
      case 'float': {
        const [low, high] = new Uint32Array(new Float64Array([e.value]).buffer);
        return this.node(N.N_CONSTANT, this.number(T_FLOAT, low!, high!));
      }
      case 'string':
        return this.node(N.N_CONSTANT, this.string(e.value));
      case 'path':
        return this.path(e.value);
      case 'interpolation':
        return this.list(
          N.N_TEXT,
          e.parts.map((part) => this.expression(part)),
        );
      case 'pathInterpolation':
        return this.list(
          N.N_PATH_TEXT,
          e.parts.map((part) => this.expression(part)),
        );
      case 'searchPath':
        if (e.findFile.depth !== -1 || e.nixPath.depth !== -1) throw new Unwritable();
        return this.node(N.N_SEARCH_PATH, this.string(e.value));
      case 'var':
        return this.variable(e);
      case 'select':
        return this.select(e.base, e.path, e.fallback);
      case 'hasAttr':
        return this.hasAttr(e.base, e.path);
      case 'apply':
        return this.list(
          N.N_CALL,
          e.args.map((arg) => this.expression(arg)),
          this.expression(e.fn),
        );
      case 'lambda':
        return e.formals ? this.pattern(e) : this.lambda(e);
      case 'let':
        return this.let(e);
      case 'attrs':
        return this.attrs(e);
      case 'list':
        return this.list(
          N.N_LIST,
          e.elements.map((element) => this.expression(element)),
        );
      case 'with':
        return this.node(N.N_WITH, this.expression(e.attrs), this.expression(e.body));
      case 'assert':
        return this.node(N.N_ASSERT, this.expression(e.condition), this.expression(e.body));
      case 'if':
        return this.node(N.N_IF, this.expression(e.condition), this.expression(e.then), this.expression(e.otherwise));
      case 'not':
        return this.node(N.N_NOT, this.expression(e.operand));
      case 'negate':
        if (e.sub.depth !== -1) throw new Unwritable();
        return this.node(N.N_NEGATE, this.expression(e.operand));
      case 'binary':
        if (e.fn && e.fn.depth !== -1) throw new Unwritable();
        return this.node(operators[e.op], this.expression(e.left), this.expression(e.right));
      case 'curPos': {
        const at = this.room(2);
        this.put(at, N.N_CURRENT_POSITION);
        this.put(at + 1, e.pos - this.base, N.W_POSITION);
        return at;
      }
      case 'later':
        throw new Unwritable();
    }
  }

  /** A path as it is, or how many steps it goes up from the text's folder and what is appended. */
  private path(path: string): number {
    const known = this.paths.get(path);
    if (known !== undefined) return known;
    const [, steps, rest] = /^\x01(\d+)\x01(.*)$/s.exec(path) ?? [];
    const at = this.room(4);
    this.put(at, N.N_PATH);
    this.put(at + 1, steps === undefined ? N.NO_FOLDER : Number(steps));
    const suffix = this.string(rest ?? path);
    this.put(at + 2, suffix, N.W_ADDRESS);
    this.put(at + 3, 0, N.W_ADDRESS);
    this.paths.set(path, at);
    return at;
  }

  private variable(e: VarExpr): number {
    if (e.depth === -1) {
      const at = this.room(2);
      this.put(at, N.N_CONSTANT);
      this.builtins.push(at + 1, this.symbol(e.name));
      return at;
    }
    if (e.depth === -2) {
      const withs = e.withs!;
      const at = this.room(3 + withs.length);
      this.put(at, N.N_WITH_VARIABLE);
      this.put(at + 1, this.symbol(e.name), N.W_SYMBOL);
      this.put(at + 2, withs.length);
      withs.forEach((depth, i) => this.put(at + 3 + i, depth));
      return at;
    }
    const at = this.room(3);
    this.put(at, N.N_VARIABLE);
    this.put(at + 1, e.depth);
    this.put(at + 2, e.slot < 0 ? -1 - e.slot : e.slot);
    return at;
  }

  private steps(path: readonly AttrName[]): [number, boolean][] {
    return path.map((part) => (part.name === null ? [this.expression(part.expr), true] : [this.symbol(part.name), false]));
  }

  private putSteps(at: number, steps: readonly [number, boolean][]): void {
    steps.forEach(([word, dynamic], i) => {
      this.put(at + 2 * i, word, dynamic ? N.W_ADDRESS : N.W_SYMBOL);
      this.put(at + 2 * i + 1, dynamic ? 1 : 0);
    });
  }

  private select(base: Expr, path: readonly AttrName[], fallback: Expr | null): number {
    const set = this.expression(base);
    const otherwise = this.optional(fallback);
    const steps = this.steps(path);
    const at = this.room(4 + 2 * steps.length);
    this.put(at, N.N_SELECT);
    this.put(at + 1, set, N.W_ADDRESS);
    this.putOptional(at + 2, otherwise);
    this.put(at + 3, steps.length);
    this.putSteps(at + 4, steps);
    return at;
  }

  private hasAttr(base: Expr, path: readonly AttrName[]): number {
    const set = this.expression(base);
    const steps = this.steps(path);
    const at = this.room(3 + 2 * steps.length);
    this.put(at, N.N_HAS_ATTR);
    this.put(at + 1, set, N.W_ADDRESS);
    this.put(at + 2, steps.length);
    this.putSteps(at + 3, steps);
    return at;
  }

  private lambda(e: LambdaExpr): number {
    const chain = e.chain!;
    const body = this.expression(chain.length > 0 ? chain[chain.length - 1]!.body : e.body);
    const lambdas = [e, ...chain];
    const at = this.room(5 + 2 * lambdas.length);
    this.put(at, N.N_LAMBDA);
    this.put(at + 1, lambdas.length);
    this.put(at + 2, body, N.W_ADDRESS);
    this.put(at + 3, e.pos - this.base, N.W_POSITION);
    this.putName(at + 4, e.name);
    lambdas.forEach(({ arg, pos }, i) => {
      this.putName(at + 5 + i, arg!);
      this.put(at + 5 + lambdas.length + i, pos - this.base, N.W_POSITION);
    });
    return at;
  }

  private pattern(e: LambdaExpr): number {
    const formals = e.formals!;
    const body = this.expression(e.body);
    const fallbacks = formals.map(({ fallback }) => this.optional(fallback));
    const at = this.room(8 + 3 * formals.length);
    this.put(at, N.N_PATTERN);
    this.put(at + 1, body, N.W_ADDRESS);
    this.put(at + 2, e.arg === null ? 0 : formals.length + 1);
    this.put(at + 3, e.ellipsis ? 1 : 0);
    this.put(at + 4, formals.length);
    formals.forEach(({ name, pos }, i) => {
      this.put(at + 5 + 3 * i, this.symbol(name), N.W_SYMBOL);
      this.putOptional(at + 6 + 3 * i, fallbacks[i]!);
      this.put(at + 7 + 3 * i, pos - this.base, N.W_POSITION);
    });
    const end = at + 5 + 3 * formals.length;
    this.put(end, e.pos - this.base, N.W_POSITION);
    this.putName(end + 1, e.name);
    this.putName(end + 2, e.arg ?? '');
    return at;
  }

  private let(e: LetExpr): number {
    const { bindings } = e;
    const body = this.expression(e.body);
    const sources = bindings.sources.map((source) => this.expression(source));
    const values = this.values(bindings);
    const at = this.room(4 + sources.length + 3 * values.length);
    this.put(at, N.N_LET);
    this.put(at + 1, body, N.W_ADDRESS);
    this.put(at + 2, values.length);
    this.put(at + 3, sources.length);
    sources.forEach((offset, i) => this.put(at + 4 + i, offset, N.W_ADDRESS));
    values.forEach((value, i) => this.putValue(at + 4 + sources.length + 3 * i, value));
    return at;
  }

  private values(bindings: Bindings): [mode: number, a: number, b: number][] {
    return bindings.list.map(({ from, value, inherited, name }) =>
      from >= 0 ? [N.M_FROM, from, this.symbol(name)] : [inherited ? N.M_OUTER : N.M_INNER, this.expression(value!), 0],
    );
  }

  private putValue(at: number, [mode, a, b]: readonly [number, number, number]): void {
    this.put(at, mode);
    this.put(at + 1, a, mode === N.M_FROM ? N.W_PLAIN : N.W_ADDRESS);
    this.put(at + 2, b, mode === N.M_FROM ? N.W_SYMBOL : N.W_PLAIN);
  }

  private attrs(e: AttrsExpr): number {
    const { list, dynamic } = e.bindings;
    if (e.recursive && list.some(({ name }) => name === '__overrides')) throw new Unwritable();
    const sources = e.bindings.sources.map((source) => this.expression(source));
    const values = this.values(e.bindings);
    const dynamics = dynamic.map(({ name, value }) => [this.expression(name), this.expression(value)] as const);
    const first = 6 + sources.length;
    const at = this.room(first + 5 * list.length + 3 * dynamic.length);
    this.put(at, N.N_ATTRS);
    [e.recursive ? 1 : 0, list.length, sources.length, dynamic.length, 0].forEach((word, i) => this.put(at + 1 + i, word));
    sources.forEach((offset, i) => this.put(at + 6 + i, offset, N.W_ADDRESS));
    list.forEach(({ name, pos }, i) => {
      const binding = at + first + 5 * i;
      this.put(binding, this.symbol(name), N.W_SYMBOL);
      this.put(binding + 1, pos - this.base, N.W_POSITION);
      this.putValue(binding + 2, values[i]!);
    });
    dynamics.forEach(([name, value], i) => {
      const binding = at + first + 5 * list.length + 3 * i;
      this.put(binding, name, N.W_ADDRESS);
      this.put(binding + 1, value, N.W_ADDRESS);
      this.put(binding + 2, dynamic[i]!.pos - this.base, N.W_POSITION);
    });
    return at;
  }
}

function writeLatin1(bytes: Buffer, at: number, text: string): void {
  if (text.length > 24) bytes.write(text, at, text.length, 'latin1');
  else for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
