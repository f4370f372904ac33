import type { VarExpr } from '../../lang/ast.ts';
import type { Pos } from '../../lang/position.ts';
import { didYouMean } from '../../lang/resolve.ts';
import { Attrs, type Shape } from '../attrs.ts';
import { evalError } from '../error.ts';
import { forceAt, force, forceSlot } from '../force.ts';
import { isOffered } from '../offered-name.ts';
import { noteThunkSite } from '../thunk-site.ts';
import { describe } from '../print.ts';
import { Thunk, type Code, type Env, type Value } from '../value.ts';
import type { Compiler } from './compiler.ts';
import { compute, constant, Delay, thunkKind } from './delay.ts';

/** Evaluates a variable. The value replaces the thunk in its scope, unless it is a list (`forceSlot`). */
export function variableCode(c: Compiler, e: VarExpr): Code {
  const { depth, slot, pos } = e;
  if (depth === -2) return withVariableCode(e);
  if (depth === -1) {
    const global = c.globals.get(e.name)!;
    return global instanceof Thunk ? () => force(global) : () => global;
  }
  return slot === -1 ? slotACode(depth, pos) : slot === -2 ? slotBCode(depth, pos) : arraySlotCode(depth, slot, pos);
}

function slotACode(depth: number, pos: Pos): Code {
  switch (depth) {
    case 0:
      return (env) => {
        const v = env.a;
        return v instanceof Thunk ? forceA(env, v, pos) : v;
      };
    case 1:
      return (env) => {
        const s = env.up!;
        const v = s.a;
        return v instanceof Thunk ? forceA(s, v, pos) : v;
      };
    case 2:
      return (env) => {
        const s = env.up!.up!;
        const v = s.a;
        return v instanceof Thunk ? forceA(s, v, pos) : v;
      };
    default:
      return (env) => {
        const s = up(env, depth);
        const v = s.a;
        return v instanceof Thunk ? forceA(s, v, pos) : v;
      };
  }
}

function slotBCode(depth: number, pos: Pos): Code {
  switch (depth) {
    case 0:
      return (env) => {
        const v = env.b;
        return v instanceof Thunk ? forceB(env, v, pos) : v;
      };
    case 1:
      return (env) => {
        const s = env.up!;
        const v = s.b;
        return v instanceof Thunk ? forceB(s, v, pos) : v;
      };
    default:
      return (env) => {
        const s = up(env, depth);
        const v = s.b;
        return v instanceof Thunk ? forceB(s, v, pos) : v;
      };
  }
}

/** As `forceSlot`, of a scope's own slots. */
function forceA(scope: Env, t: Thunk, pos: Pos): Value {
  const v = forceAt(t, pos);
  if (!Array.isArray(v)) scope.a = v;
  return v;
}

function forceB(scope: Env, t: Thunk, pos: Pos): Value {
  const v = forceAt(t, pos);
  if (!Array.isArray(v)) scope.b = v;
  return v;
}

function arraySlotCode(depth: number, slot: number, pos: Pos): Code {
  switch (depth) {
    case 0:
      return (env) => {
        const s = env.a as Value[];
        const v = s[slot]!;
        return v instanceof Thunk ? forceSlot(s, slot, v, pos) : v;
      };
    case 1:
      return (env) => {
        const s = env.up!.a as Value[];
        const v = s[slot]!;
        return v instanceof Thunk ? forceSlot(s, slot, v, pos) : v;
      };
    case 2:
      return (env) => {
        const s = env.up!.up!.a as Value[];
        const v = s[slot]!;
        return v instanceof Thunk ? forceSlot(s, slot, v, pos) : v;
      };
    default:
      return (env) => {
        const s = up(env, depth).a as Value[];
        const v = s[slot]!;
        return v instanceof Thunk ? forceSlot(s, slot, v, pos) : v;
      };
  }
}

/** The scope `depth` levels out. */
export function up(env: Env, depth: number): Env {
  let scope = env;
  for (let i = depth; i > 0; i--) scope = scope.up!;
  return scope;
}

/** Looks a name up in the enclosing `with`s, innermost first. */
function withVariableCode(e: VarExpr): Code {
  const { name, pos } = e;
  const withs = e.withs!;
  // For each `with`, which slot (or none) the name had in the last shape that was met there.
  const shapes: (Shape | null)[] = withs.map(() => null);
  const slots: number[] = withs.map(() => -1);
  return (env) => {
    for (let i = 0; i < withs.length; i++) {
      const scope = up(env, withs[i]!);
      let attrs = scope.a as Value;
      if (!(attrs instanceof Attrs)) {
        attrs = attrs instanceof Thunk ? forceAt(attrs, pos) : attrs;
        if (!(attrs instanceof Attrs))
          throw evalError('eval/type-error', `expected a set behind \`with\` but found ${describe(attrs)}`, pos);
        scope.a = attrs;
      }
      const { shape } = attrs;
      if (shape !== shapes[i]) {
        shapes[i] = shape;
        slots[i] = shape.slot(name);
      }
      const slot = slots[i]!;
      if (slot >= 0) {
        const v = attrs.values[slot]!;
        return v instanceof Thunk ? forceSlot(attrs.values, slot, v, pos) : v;
      }
    }
    throw undefinedInWith(e, env);
  };
}

function undefinedInWith(e: VarExpr, env: Env): Error {
  const sets = e.withs!.map((depth) => up(env, depth).a as Attrs);
  const names = sets.flatMap((set) => [...set.names()]);
  const hint = didYouMean(e.name, names, (near) => sets.every((set) => isOffered(set, near)));
  return evalError('eval/undefined-variable', `undefined variable '${e.name}'`, e.pos, hint);
}

/** A variable as it stands in its scope; a thunk of its own only when the scope is still being filled. */
export function variableDelay(c: Compiler, e: VarExpr, code: Code, name: string | null, pos: Pos): Delay {
  const { depth, slot } = e;
  if (depth === -1) return constant(c.globals.get(e.name)!);
  noteThunkSite(code, name, pos);
  if (depth === -2) return new Delay(thunkKind, code);
  const settle = (v: Value | undefined, env: Env): Value => {
    if (v === undefined) return new Thunk(code, env);
    return v instanceof Thunk && v.code === null && !Array.isArray(v.env) ? v.env : v;
  };
  if (slot === -1) {
    if (depth === 0) return compute((env) => settle(env.a, env));
    if (depth === 1) return compute((env) => settle(env.up!.a, env));
    return compute((env) => settle(up(env, depth).a, env));
  }
  if (slot === -2) {
    if (depth === 0) return compute((env) => settle(env.b, env));
    return compute((env) => settle(up(env, depth).b, env));
  }
  if (depth === 0) return compute((env) => settle(env.a[slot], env));
  if (depth === 1) return compute((env) => settle(env.up!.a[slot], env));
  return compute((env) => settle(up(env, depth).a[slot], env));
}
