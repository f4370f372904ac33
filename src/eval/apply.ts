import { Attrs } from './attrs.ts';
import { typeError } from './error.ts';
import { force } from './force.ts';
import { describe } from './print.ts';
import { noPos, type Pos } from '../lang/position.ts';
import { Env, Lambda, PartialApp, PrimOp, PrimOpApp, Thunk, type Forced, type Value } from './value.ts';

/** Applies a function (or a set with `__functor`) to one argument. The argument may be a thunk. */
export function call(f: Value, arg: Value, pos: Pos = noPos): Forced {
  const fn = force(f);
  if (fn instanceof Lambda) {
    return fn.info.arity === 1 ? (fn.info.call1(fn.env, arg, pos) as Forced) : new PartialApp(fn, [arg]);
  }
  if (fn instanceof PrimOp) {
    return fn.arity === 1 ? force(fn.run(fn.ev, pos, arg)) : new PrimOpApp(fn, [arg]);
  }
  return callMany(fn, [arg], pos);
}

/** `f a b` */
export function call2(f: Value, a: Value, b: Value, pos: Pos = noPos): Forced {
  const fn = force(f);
  if (fn instanceof Lambda) {
    if (fn.info.arity === 2) return fn.info.call2(fn.env, a, b) as Forced;
    if (fn.info.arity === 1) return call(fn.info.call1(fn.env, a, pos), b, pos);
  } else if (fn instanceof PrimOp && fn.arity === 2) return force(fn.run(fn.ev, pos, a, b));
  return callMany(fn, [a, b], pos);
}

/** Applies a function to arguments one after the other. The array is not kept. */
export function callMany(f: Value, args: readonly Value[], pos: Pos = noPos): Forced {
  let fn = force(f);
  let i = 0;
  while (i < args.length) {
    if (fn instanceof Lambda) {
      const { arity } = fn.info;
      if (arity === 1) fn = fn.info.call1(fn.env, args[i++]!, pos) as Forced;
      else if (args.length - i >= arity) {
        fn = fn.info.callN(fn.env, args.slice(i, i + arity)) as Forced;
        i += arity;
      } else return new PartialApp(fn, args.slice(i));
    } else if (fn instanceof PartialApp) {
      const { arity } = fn.lambda.info;
      const missing = arity - fn.args.length;
      if (args.length - i >= missing) {
        fn = fn.lambda.info.callN(fn.lambda.env, [...fn.args, ...args.slice(i, i + missing)]) as Forced;
        i += missing;
      } else return new PartialApp(fn.lambda, [...fn.args, ...args.slice(i)]);
    } else if (fn instanceof PrimOp || fn instanceof PrimOpApp) {
      const primop: PrimOp = fn instanceof PrimOp ? fn : fn.primop;
      const have: readonly Value[] = fn instanceof PrimOp ? [] : fn.args;
      const missing = primop.arity - have.length;
      if (args.length - i >= missing) {
        fn = force(primop.run(primop.ev, pos, ...have, ...args.slice(i, i + missing)));
        i += missing;
      } else return new PrimOpApp(primop, [...have, ...args.slice(i)]);
    } else if (fn instanceof Attrs) {
      const functor = fn.get('__functor');
      if (functor === undefined) throw notAFunction(fn, pos);
      fn = call(functor, fn, pos);
    } else throw notAFunction(fn, pos);
  }
  return fn;
}

function notAFunction(v: Forced, pos: Pos): Error {
  return typeError(`attempt to call something which is not a function but ${describe(v)}`, pos);
}

const runApply = (env: Env): Forced => call(env.a, env.b);

/** A lazy `f arg`. */
export function lazyCall(f: Value, arg: Value): Thunk {
  return new Thunk(runApply, new Env(null, f, arg));
}

const runApply2 = (env: Env): Forced => call2(env.up!.a, env.a, env.b);

/** A lazy `f a b`. */
export function lazyCall2(f: Value, a: Value, b: Value): Thunk {
  return new Thunk(runApply2, new Env(new Env(null, f, null), a, b));
}

/** Makes lazy calls `f a b` of one function; cheaper than `lazyCall2` for many of them. */
export function lazyCaller2(f: Value): (a: Value, b: Value) => Thunk {
  const shared = new Env(null, f, null);
  return (a, b) => new Thunk(runApply2, new Env(shared, a, b));
}

/** Whether a value can be called, `__functor` included. */
export function isCallable(v: Forced): boolean {
  return v instanceof Lambda || v instanceof PartialApp || v instanceof PrimOp || v instanceof PrimOpApp || (v instanceof Attrs && v.has('__functor'));
}
