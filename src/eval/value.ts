/**
 * Nix values as JavaScript values. Strings, names and file contents are byte strings: one UTF-16 unit a byte (Latin-1).
 *
 * | Nix | JavaScript |
 * |---|---|
 * | null, bool | null, boolean |
 * | int | number when a safe integer (never -0), else bigint; `normalizeInt` keeps that invariant |
 * | float | NixFloat |
 * | string | string without context, NixString with a context that is never empty |
 * | path | NixPath |
 * | list | array of Value |
 * | set | Attrs (attrs.ts) |
 * | function | Lambda, PartialApp (a Lambda that lacks arguments), PrimOp, PrimOpApp |
 * | not yet evaluated | Thunk; `force` (force.ts) makes it one of the above |
 */
import { noPos, type Pos } from '../lang/position.ts';
import type { Attrs } from './attrs.ts';
import type { Context } from './context.ts';
import type { Evaluator } from './evaluator.ts';

export type Forced =
  | null
  | boolean
  | number
  | bigint
  | string
  | NixFloat
  | NixString
  | NixPath
  | Value[]
  | Attrs
  | Lambda
  | PartialApp
  | PrimOp
  | PrimOpApp;

export type Value = Forced | Thunk;

export type NixFunction = Lambda | PartialApp | PrimOp | PrimOpApp;

export class NixFloat {
  constructor(readonly value: number) {}
}

/** A string that depends on store paths. */
export class NixString {
  constructor(
    readonly s: string,
    readonly context: Context,
  ) {}
}

/** An absolute, normalised path. */
export class NixPath {
  /** `pos`: where it was written, for errors about the file. */
  constructor(
    readonly path: string,
    readonly pos: Pos = noPos,
  ) {}
}

/**
 * The variables of one scope and the scope around it. All scopes share this one class so that variable access stays
 * monomorphic: a scope of one or two variables keeps them in `a` and `b`, a larger one keeps an array in `a`.
 */
export class Env {
  constructor(
    readonly up: Env | null,
    public a: any,
    public b: any,
  ) {}
}

/** A compiled expression. */
export type Code = (env: Env) => Value;

/** `{ a, b ? 1, ... }@args:`; parallel arrays in the order of the source. */
export interface Formals {
  readonly names: readonly string[];
  readonly optional: readonly boolean[];
  readonly positions: readonly Pos[];
  readonly ellipsis: boolean;
}

/** Makes the scope of a call from the argument; for functions that take a pattern. */
export type BindPattern = (env: Env, arg: Value, pos: Pos) => Env;

/** The static half of a function: what all closures of one `x: y: body` have in common. */
export class LambdaInfo {
  constructor(
    /** How many arguments one call takes: `x: y: z` takes 2 at once. */
    readonly arity: number,
    /** Only when arity is 1 and the argument is a pattern. */
    readonly formals: Formals | null,
    /** Of the argument, where it has one (`args@{...}`: args). */
    readonly argNames: readonly string[],
    /** The name of the attribute or variable that the function was bound to. */
    readonly name: string,
    readonly pos: Pos,
    /** Compiled when first called. */
    public body: (env: Env) => Value,
    readonly bind: BindPattern | null,
    /** Where the functions inside begin that are left when the first arguments are given: of `x: y: z` where `y: z` does. */
    readonly innerPositions: readonly Pos[] = [],
  ) {}

  call1(env: Env, a: Value, pos: Pos): Value {
    return this.bind === null ? this.body(new Env(env, a, undefined)) : this.body(this.bind(env, a, pos));
  }

  call2(env: Env, a: Value, b: Value): Value {
    return this.body(new Env(env, a, b));
  }

  /** The array is kept. */
  callN(env: Env, args: Value[]): Value {
    return this.body(args.length === 2 ? new Env(env, args[0], args[1]) : new Env(env, args, undefined));
  }
}

/**
 * A function of any kind. Nix tells functions apart by the place that holds them: the same function reached through two
 * different expressions is not equal to itself. So a thunk whose value is a function holds a copy, and comparison is by identity.
 */
export abstract class FunctionValue {
  abstract copy(): FunctionValue;
}

export class Lambda extends FunctionValue {
  constructor(
    readonly info: LambdaInfo,
    readonly env: Env,
  ) {
    super();
  }

  copy(): Lambda {
    return new Lambda(this.info, this.env);
  }
}

/** A Lambda of arity n with 1 to n-1 arguments. */
export class PartialApp extends FunctionValue {
  constructor(
    readonly lambda: Lambda,
    readonly args: readonly Value[],
  ) {
    super();
  }

  copy(): PartialApp {
    return new PartialApp(this.lambda, this.args);
  }
}

/** One builtin as its family's table has it. Arguments come positionally and unforced: `run(ev, pos, list, index)`. */
export interface BuiltinDef {
  /** As in `builtins.NAME`, without underscores. */
  name: string;
  /** Names of the arguments, for the reference; their number is the arity. None: a constant, `run` is called at most once. */
  args: readonly string[];
  /** Markdown, for the reference and `:doc`. */
  doc: string;
  /** Also in scope under its bare name (`map`, `toString`); all the others are in scope as `__NAME`. */
  global?: boolean;
  /** Experimental feature that must be enabled for the builtin to exist. */
  feature?: string;
  /** Only exists in impure evaluation. */
  impure?: boolean;
  run(ev: Evaluator, pos: Pos, ...args: Value[]): Value;
}

export class PrimOp extends FunctionValue {
  readonly name: string;
  readonly arity: number;
  readonly args: readonly string[];
  readonly doc: string;
  readonly run: BuiltinDef['run'];
  constructor(
    readonly ev: Evaluator,
    private readonly def: BuiltinDef,
  ) {
    super();
    this.name = def.name;
    this.arity = def.args.length;
    this.args = def.args;
    this.doc = def.doc;
    this.run = def.run;
  }

  copy(): PrimOp {
    return new PrimOp(this.ev, this.def);
  }
}

/** A PrimOp that lacks arguments. */
export class PrimOpApp extends FunctionValue {
  constructor(
    readonly primop: PrimOp,
    readonly args: readonly Value[],
  ) {
    super();
  }

  copy(): PrimOpApp {
    return new PrimOpApp(this.primop, this.args);
  }
}

/**
 * A value to be computed: `code(env)`. When computed `code` is null and `env` holds the value; while computing `code` is
 * `blackhole` and `env` holds the code, so that an infinite recursion can name the place where it began.
 */
export class Thunk {
  constructor(
    public code: ((env: any) => Value) | null,
    public env: any,
  ) {}
}

/** Stands for a lazy value of the machine (src/machine): `place` is the address of its cell. */
export class PlacedThunk extends Thunk {
  constructor(
    code: (env: any) => Value,
    env: unknown,
    readonly place: number,
  ) {
    super(code, env);
  }
}

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** A bigint that fits 64 bits as a Nix int; undefined when it does not fit. */
export function normalizeInt(n: bigint): number | bigint | undefined {
  if (n < int64Min || n > int64Max) return undefined;
  const small = Number(n);
  return Number.isSafeInteger(small) ? small : n;
}

export function isInt(v: Value): v is number | bigint {
  return typeof v === 'number' || typeof v === 'bigint';
}

export function isString(v: Value): v is string | NixString {
  return typeof v === 'string' || v instanceof NixString;
}

export function isFunction(v: Value): v is NixFunction {
  return v instanceof FunctionValue;
}
