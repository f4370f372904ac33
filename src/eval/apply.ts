import { Attrs } from './attrs.ts';
import { typeError } from './error.ts';
import { force } from './force.ts';
import { describe } from './print.ts';
import { describeThunksOf, type ThunkSite } from './thunk-site.ts';
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
  if (fn instanceof PartialApp) {
    const { lambda, args } = fn;
    if (args.length === 1 && lambda.info.arity === 2) return lambda.info.call2(lambda.env, args[0]!, arg) as Forced;
  } else if (fn instanceof PrimOpApp) {
    const { primop, args } = fn;
    if (args.length === 1 && primop.arity === 2) return force(primop.run(primop.ev, pos, args[0]!, arg));
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
    const left = args.length - i;
    if (fn instanceof Lambda) {
      const { arity } = fn.info;
      if (arity === 1) fn = fn.info.call1(fn.env, args[i++]!, pos) as Forced;
      else if (left < arity) return new PartialApp(fn, args.slice(i));
      else {
        fn = fn.info.callN(fn.env, joined(noArgs, args, i, arity)) as Forced;
        i += arity;
      }
    } else if (fn instanceof PartialApp) {
      const { lambda, args: have } = fn;
      const missing = lambda.info.arity - have.length;
      if (left < missing) return new PartialApp(lambda, joined(have, args, i, left));
      fn = lambda.info.callN(lambda.env, joined(have, args, i, missing)) as Forced;
      i += missing;
    } else if (fn instanceof PrimOp || fn instanceof PrimOpApp) {
      const primop: PrimOp = fn instanceof PrimOp ? fn : fn.primop;
      const have: readonly Value[] = fn instanceof PrimOp ? noArgs : fn.args;
      const missing = primop.arity - have.length;
      if (left < missing) return new PrimOpApp(primop, joined(have, args, i, left));
      fn = runPrimOp(primop, joined(have, args, i, missing), pos);
      i += missing;
    } else {
      const functor: Value | undefined = fn instanceof Attrs ? fn.get('__functor') : undefined;
      if (functor === undefined) throw notAFunction(fn, pos);
      fn = call(functor, fn, pos);
    }
  }
  return fn;
}

const noArgs: readonly Value[] = [];

/** `have` and then `count` of `args`. Loops over an array of the right size, as spreading and pushing cost several times more. */
function joined(have: readonly Value[], args: readonly Value[], from: number, count: number): Value[] {
  const all: Value[] = new Array(have.length + count);
  let at = 0;
  for (let i = 0; i < have.length; i++) all[at++] = have[i]!;
  for (let i = from; i < from + count; i++) all[at++] = args[i]!;
  return all;
}

function runPrimOp(primop: PrimOp, args: readonly Value[], pos: Pos): Forced {
  const { ev } = primop;
  switch (args.length) {
    case 1:
      return force(primop.run(ev, pos, args[0]!));
    case 2:
      return force(primop.run(ev, pos, args[0]!, args[1]!));
    case 3:
      return force(primop.run(ev, pos, args[0]!, args[1]!, args[2]!));
    default:
      return force(primop.run(ev, pos, ...args));
  }
}

function notAFunction(v: Forced, pos: Pos): Error {
  return typeError(`attempt to call something which is not a function but ${describe(v)}`, pos);
}

const runApply = (env: Env): Forced => call(env.a, env.b);

/** For errors: a lazy call stands for what its function computes. */
function siteOfCall(f: Value): ThunkSite | undefined {
  const fn = f instanceof Thunk && f.code === null ? (f.env as Value) : f;
  if (!(fn instanceof Lambda)) return undefined;
  const { info } = fn;
  return { name: info.name === '' ? null : info.name, pos: info.pos, call: true };
}
describeThunksOf(runApply, (env: Env) => siteOfCall(env.a));

/** A lazy `f arg`. */
export function lazyCall(f: Value, arg: Value): Thunk {
  return new Thunk(runApply, new Env(null, f, arg));
}

const runApply2 = (env: Env): Forced => call2(env.up!.a, env.a, env.b);

describeThunksOf(runApply2, (env: Env) => siteOfCall(env.up!.a));

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
  return (
    v instanceof Lambda ||
    v instanceof PartialApp ||
    v instanceof PrimOp ||
    v instanceof PrimOpApp ||
    (v instanceof Attrs && v.has('__functor'))
  );
}
