import type { ApplyExpr } from '../../lang/ast.ts';
import type { Pos } from '../../lang/position.ts';
import { call, call2, callMany } from '../apply.ts';
import { force } from '../force.ts';
import { Env, Lambda, PrimOp, type Code, type Value } from '../value.ts';
import type { Compiler } from './compiler.ts';
import { make, type Delay } from './delay.ts';

export function applyCode(c: Compiler, e: ApplyExpr): Code {
  const args = e.args.map((arg) => c.delay(arg, null));
  const { pos } = e;
  if (e.fn.kind === 'var' && e.fn.depth === -1) {
    const builtin = c.globals.get(e.fn.name)!;
    if (builtin instanceof PrimOp && builtin.arity === args.length) return builtinCode(builtin, args, pos);
  }
  const fn = c.code(e.fn);
  switch (args.length) {
    case 1: return apply1(fn, args[0]!, pos);
    case 2: return apply2(fn, args[0]!, args[1]!, pos);
    case 3: return apply3(fn, args[0]!, args[1]!, args[2]!, pos);
    default: return applyMany(fn, args, pos);
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

/** A call of a builtin that the program has not redefined, with all its arguments. */
function builtinCode(builtin: PrimOp, args: readonly Delay[], pos: Pos): Code {
  const { ev } = builtin;
  const def = builtin;
  const [a, b, c] = args;
  switch (args.length) {
    case 1: return (env) => force(def.run(ev, pos, make(a!, env)));
    case 2: return (env) => force(def.run(ev, pos, make(a!, env), make(b!, env)));
    case 3: return (env) => force(def.run(ev, pos, make(a!, env), make(b!, env), make(c!, env)));
    default: return (env) => force(def.run(ev, pos, ...args.map((d) => make(d, env))));
  }
}
