import type { ApplyExpr, Expr } from '../../lang/ast.ts';
import type { Pos } from '../../lang/position.ts';
import { call, call2, callMany } from '../apply.ts';
import { force } from '../force.ts';
import { Env, Lambda, PrimOp, type Code, type Value } from '../value.ts';
import type { Compiler } from './compiler.ts';
import { compute, make, thunkKind, type Delay } from './delay.ts';

export function applyCode(c: Compiler, e: ApplyExpr): Code {
  const { pos } = e;
  const builtin = knownBuiltin(c, e.fn);
  if (builtin && builtin.arity === e.args.length) return builtinCode(c, builtin, e.args, pos);
  const args = e.args.map((arg) => c.delay(arg, null));
  const fn = c.code(e.fn);
  switch (args.length) {
    case 1:
      return apply1(fn, args[0]!, pos);
    case 2:
      return apply2(fn, args[0]!, args[1]!, pos);
    case 3:
      return apply3(fn, args[0]!, args[1]!, args[2]!, pos);
    default:
      return applyMany(fn, args, pos);
  }
}

function apply1(fn: Code, d: Delay, pos: Pos): Code {
  return (env) => {
    const f = fn(env);
    const a = make(d, env);
    if (f instanceof Lambda) {
      const { info } = f;
      if (info.arity === 1) {
        const { bind } = info;
        return info.body(bind === null ? new Env(f.env, a, undefined) : bind(f.env, a, pos));
      }
    }
    return call(f, a, pos);
  };
}

function apply2(fn: Code, d: Delay, d2: Delay, pos: Pos): Code {
  return (env) => {
    const f = fn(env);
    const a = make(d, env);
    const b = make(d2, env);
    if (f instanceof Lambda && f.info.arity === 2) return f.info.body(new Env(f.env, a, b));
    return call2(f, a, b, pos);
  };
}

function apply3(fn: Code, d: Delay, d2: Delay, d3: Delay, pos: Pos): Code {
  return (env) => {
    const f = fn(env);
    const args = [make(d, env), make(d2, env), make(d3, env)];
    if (f instanceof Lambda && f.info.arity === 3) return f.info.body(new Env(f.env, args, undefined));
    return callMany(f, args, pos);
  };
}

function applyMany(fn: Code, delays: readonly Delay[], pos: Pos): Code {
  const count = delays.length;
  return (env) => {
    const f = fn(env);
    const args: Value[] = new Array(count);
    for (let i = 0; i < count; i++) args[i] = make(delays[i]!, env);
    if (f instanceof Lambda && f.info.arity === count) return f.info.body(new Env(f.env, args, undefined));
    return callMany(f, args, pos);
  };
}

/** The builtin that `map` or `builtins.map` is, when the program has not redefined it. */
function knownBuiltin(c: Compiler, fn: Expr): PrimOp | null {
  let value: Value | undefined;
  if (fn.kind === 'var' && fn.depth === -1) value = c.globals.get(fn.name);
  else if (
    fn.kind === 'select' &&
    !fn.fallback &&
    fn.path.length === 1 &&
    fn.base.kind === 'var' &&
    fn.base.depth === -1 &&
    fn.base.name === 'builtins'
  ) {
    value = c.ev.builtins.get(fn.path[0]!.name ?? '');
  }
  return value instanceof PrimOp ? value : null;
}

/** How many of their first arguments these builtins evaluate anyway, in order and before anything else: these need no thunks. */
const strictArguments: Record<string, number> = {
  add: 2,
  sub: 2,
  mul: 2,
  div: 2,
  lessThan: 2,
  bitAnd: 1,
  bitOr: 1,
  bitXor: 1,
  length: 1,
  head: 1,
  tail: 1,
  attrNames: 1,
  attrValues: 1,
  hasAttr: 1,
  getAttr: 1,
  isAttrs: 1,
  isBool: 1,
  isFloat: 1,
  isFunction: 1,
  isInt: 1,
  isList: 1,
  isNull: 1,
  isPath: 1,
  isString: 1,
  typeOf: 1,
  toString: 1,
  stringLength: 1,
  seq: 1,
  functionArgs: 1,
  concatLists: 1,
  baseNameOf: 1,
  toJSON: 1,
  hasContext: 1,
  unsafeDiscardStringContext: 1,
  pathExists: 1,
  readFile: 1,
  import: 1,
  fromJSON: 1,
};

/** Of these the second argument is evaluated, too, when the first is what it shall be; of `elemAt` the first, when the second is. */
const strictNext: Record<string, 'number' | 'string'> = {
  bitAnd: 'number',
  bitOr: 'number',
  bitXor: 'number',
  hasAttr: 'string',
  getAttr: 'string',
  elemAt: 'number',
};

/** A call of one of those in `strictNext`. */
function guardedCode(compiler: Compiler, builtin: PrimOp, [first, second]: readonly Expr[], pos: Pos): Code {
  const { ev, name } = builtin;
  const type = strictNext[name]!;
  const swapped = name === 'elemAt';
  const one = strictDelay(compiler, swapped ? second! : first!);
  const next = strictDelay(compiler, swapped ? first! : second!);
  const later = compiler.delay(swapped ? first! : second!, null);
  return (env) => {
    const x = make(one, env);
    const y = make(typeof x === type ? next : later, env);
    return force(swapped ? builtin.run(ev, pos, y, x) : builtin.run(ev, pos, x, y));
  };
}

/** A call with all arguments of a builtin that the program has not redefined. */
function builtinCode(compiler: Compiler, builtin: PrimOp, exprs: readonly Expr[], pos: Pos): Code {
  const { ev, name } = builtin;
  const def = builtin;
  if (Object.hasOwn(strictNext, name)) return guardedCode(compiler, builtin, exprs, pos);
  const strict = Object.hasOwn(strictArguments, name) ? strictArguments[name]! : 0;
  // What stands before another strict argument is evaluated before it, a variable's value too.
  const args = exprs.map((arg, i) =>
    i < strict - 1 ? compute(compiler.code(arg)) : i < strict ? strictDelay(compiler, arg) : compiler.delay(arg, null),
  );
  const [a, b, c] = args;
  switch (args.length) {
    case 1:
      return (env) => force(def.run(ev, pos, make(a!, env)));
    case 2:
      return (env) => {
        const x = make(a!, env);
        return force(def.run(ev, pos, x, make(b!, env)));
      };
    case 3:
      return (env) => {
        const x = make(a!, env);
        const y = make(b!, env);
        return force(def.run(ev, pos, x, y, make(c!, env)));
      };
    default:
      return (env) => force(def.run(ev, pos, ...args.map((d) => make(d, env))));
  }
}

/** Evaluated on the spot. */
function strictDelay(c: Compiler, e: Expr): Delay {
  const delay = c.delay(e, null);
  return delay.kind === thunkKind ? compute(c.code(e)) : delay;
}
