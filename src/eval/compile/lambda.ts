import type { LambdaExpr } from '../../lang/ast.ts';
import { noPos, type Pos } from '../../lang/position.ts';
import { quoteName } from '../../lang/quote.ts';
import { didYouMean, layoutFor } from '../../lang/resolve.ts';
import { Attrs, type Shape } from '../attrs.ts';
import type { CallDepth } from '../call-depth.ts';
import { addStep, evalError, typeError } from '../error.ts';
import { force } from '../force.ts';
import { describe } from '../print.ts';
import { Env, Lambda, LambdaInfo, type BindPattern, type Code, type Formals, type Value } from '../value.ts';
import type { Compiler } from './compiler.ts';
import { compute, make, type Delay } from './delay.ts';

/** Closes a function over its scope. */
export function lambdaDelay(c: Compiler, e: LambdaExpr): Delay {
  const info = lambdaInfo(c, e);
  return compute((env) => new Lambda(info, env));
}

function lambdaInfo(c: Compiler, e: LambdaExpr): LambdaInfo {
  let info: LambdaInfo;
  const chain = e.chain ?? [];
  const inner = chain.length > 0 ? chain[chain.length - 1]!.body : e.body;
  const body = (env: Env): Value => {
    info.body = counted(guarded(c.code(inner), c.ev.checkpoint), c.ev.callDepth, e.pos);
    return info.body(env);
  };
  if (e.formals) {
    const formals: Formals = {
      names: e.formals.map((f) => f.name),
      optional: e.formals.map((f) => f.fallback !== null),
      positions: e.formals.map((f) => f.pos),
      ellipsis: e.ellipsis,
    };
    info = new LambdaInfo(1, formals, e.arg === null ? [] : [e.arg], e.name, e.pos, body, bindPattern(c, e, formals));
  } else {
    info = new LambdaInfo(
      1 + chain.length,
      null,
      [e.arg!, ...chain.map((l) => l.arg!)],
      e.name,
      e.pos,
      body,
      null,
      chain.map((l) => l.pos),
    );
  }
  return info;
}

/** An evaluation without end calls functions without end. */
function guarded(code: Code, checkpoint: (() => void) | undefined): Code {
  if (checkpoint === undefined) return code;
  return (env) => {
    checkpoint();
    return code(env);
  };
}

function counted(code: Code, callDepth: CallDepth | undefined, pos: Pos): Code {
  return callDepth ? (env) => callDepth.within(pos, () => code(env)) : code;
}

/** Which slots of a set of one shape the formals take: -1 for those that take their default. */
type Plan = Int32Array;

function bindPattern(c: Compiler, e: LambdaExpr, formals: Formals): BindPattern {
  const fallbacks: (Delay | null)[] = e.formals!.map((f) => (f.fallback ? c.delay(f.fallback, f.name) : null));
  const { length } = fallbacks;
  const total = length + (e.arg === null ? 0 : 1);
  let lastShape: Shape | null = null;
  let lastPlan: Plan | null = null;
  const planOf = (arg: Value, pos: Pos): [Attrs, Plan] | Attrs => {
    const attrs = force(arg);
    if (!(attrs instanceof Attrs)) {
      const error = typeError(
        `expected a set with the arguments of ${functionName(e)} but found ${describe(attrs)}`,
        pos === noPos ? e.pos : pos,
      );
      if (pos !== noPos) addStep(error, `while calling ${functionName(e)}, defined here`, e.pos);
      throw error;
    }
    if (attrs.shape !== lastShape) {
      lastPlan = matchFormals(e, formals, attrs, pos);
      lastShape = attrs.shape;
    }
    return attrs;
  };
  const fill = (attrs: Attrs, slot: number, i: number, frame: Env): Value => (slot >= 0 ? attrs.values[slot]! : make(fallbacks[i]!, frame));
  if (layoutFor(total) === 'slots') {
    return (env, arg, pos) => {
      const attrs = planOf(arg, pos) as Attrs;
      const plan = lastPlan!;
      const frame = new Env(env, undefined, undefined);
      // The whole argument first, as defaults may want it.
      if (total > length) {
        if (length === 0) frame.a = attrs;
        else frame.b = attrs;
      }
      if (length > 0) frame.a = fill(attrs, plan[0]!, 0, frame);
      if (length > 1) frame.b = fill(attrs, plan[1]!, 1, frame);
      return frame;
    };
  }
  return (env, arg, pos) => {
    const attrs = planOf(arg, pos) as Attrs;
    const plan = lastPlan!;
    const from = attrs.values;
    const slots: Value[] = new Array(total);
    const frame = new Env(env, slots, undefined);
    if (total > length) slots[length] = attrs;
    for (let i = 0; i < length; i++) {
      const slot = plan[i]!;
      slots[i] = slot >= 0 ? from[slot]! : make(fallbacks[i]!, frame);
    }
    return frame;
  };
}

function functionName(e: LambdaExpr): string {
  return e.name ? `function '${e.name}'` : 'an anonymous function';
}

function matchFormals(e: LambdaExpr, formals: Formals, attrs: Attrs, pos: Pos): Plan {
  const plan = new Int32Array(formals.names.length);
  let matched = 0;
  for (let i = 0; i < plan.length; i++) {
    const slot = attrs.shape.slot(formals.names[i]!);
    plan[i] = slot;
    if (slot >= 0) matched++;
    else if (!formals.optional[i]) {
      throw calledWrong(
        e,
        `${functionName(e)} called without required argument '${quoteName(formals.names[i]!)}'`,
        pos,
        formals.ellipsis ? undefined : unexpectedHint(formals, attrs, formals.names[i]!),
      );
    }
  }
  if (!formals.ellipsis && matched !== attrs.size) {
    const extra = attrs.names().find((name) => !formals.names.includes(name))!;
    throw calledWrong(e, `${functionName(e)} called with unexpected argument '${quoteName(extra)}'`, pos, didYouMean(extra, formals.names));
  }
  return plan;
}

/** A missing argument is often one that is misspelt. */
function unexpectedHint(formals: Formals, attrs: Attrs, missing: string): string | undefined {
  return didYouMean(
    missing,
    attrs.names().filter((name) => !formals.names.includes(name)),
  );
}

function calledWrong(e: LambdaExpr, message: string, pos: Pos, hint: string | undefined): Error {
  const error = evalError('eval/wrong-arguments', message, e.pos, hint);
  addStep(error, 'from call site', pos);
  return error;
}
