import { Attrs } from './attrs.ts';
import { addSite, addStep, EvalError, isStackOverflow, stackOverflow } from './error.ts';
import { InfiniteRecursion } from './infinite-recursion.ts';
import { siteOf } from './thunk-site.ts';
import type { Pos } from '../lang/position.ts';
import { FunctionValue, Thunk, type Forced, type Value } from './value.ts';

/** The value itself: evaluates a thunk, unless that was done before. */
export function force(v: Value): Forced {
  return v instanceof Thunk ? forceThunk(v) : v;
}

export function forceThunk(t: Thunk): Forced {
  const { code, env } = t;
  if (code === null) return env;
  t.code = blackhole;
  t.env = code;
  try {
    let v = code(env) as Forced;
    if (v instanceof FunctionValue) v = v.copy() as Forced;
    t.code = null;
    t.env = v;
    return v;
  } catch (error) {
    // As Nix does: who asks again gets the error again, not an infinite recursion.
    t.code = code;
    t.env = env;
    // A full stack is told from the first thunk on that has room enough for it.
    const told = isStackOverflow(error) ? stackOverflow(siteOf(code, env)?.pos) : error;
    if (told instanceof EvalError) noteThunk(told, t, code, env);
    throw told;
  }
}

/** As `forceThunk`, for a place that is known: if the thunk is being evaluated already, the error names the place too. */
export function forceAt(t: Thunk, pos: Pos): Forced {
  if (t.code === null) return t.env;
  if (t.code === blackhole) {
    const error = new InfiniteRecursion();
    error.culprit = t;
    error.pos = pos;
    addStep(error, 'while it was needed again here', pos);
    throw error;
  }
  return forceThunk(t);
}

/**
 * Evaluates the thunk in a slot. The value takes its place, so that the next access is direct; but a list's thunk stays, as lists are told
 * apart by what holds them (print.ts).
 */
export function forceSlot(slots: Value[], slot: number, t: Thunk, pos: Pos): Forced {
  const v = forceAt(t, pos);
  if (!Array.isArray(v)) slots[slot] = v;
  return v;
}

/** The code of a thunk that is being evaluated. The thunk's own code is then where its environment was. */
function blackhole(): never {
  throw new InfiniteRecursion();
}

/** Notes on an error that it came out of this thunk. */
function noteThunk(error: EvalError, t: Thunk, code: (env: any) => Value, env: unknown): void {
  if (error instanceof InfiniteRecursion) {
    if (code === blackhole) {
      error.culprit ??= t;
      return;
    }
    if (error.culprit === t) {
      const site = siteOf(code, env);
      if (site) error.tell(site);
    }
  }
  addSite(error, code);
}

function runNative(compute: () => Value): Forced {
  return force(compute());
}

/** A lazy value computed by JavaScript. */
export function makeThunk(compute: () => Value): Thunk {
  return new Thunk(runNative, compute);
}

/**
 * Evaluates a value and everything inside it. Like Nix it does not look into the same set or list twice, and so stands cycles.
 */
export function forceDeep(v: Value, seen: Set<object> = new Set()): Forced {
  const forced = force(v);
  if (Array.isArray(forced)) {
    if (seen.has(forced)) return forced;
    seen.add(forced);
    for (let i = 0; i < forced.length; i++) forceDeepSlot(forced, i, seen);
  } else if (forced instanceof Attrs) {
    if (seen.has(forced)) return forced;
    seen.add(forced);
    for (const slot of forced.shape.sortedSlots) {
      try {
        forceDeepSlot(forced.values, slot, seen);
      } catch (error) {
        addStep(error, `while evaluating the attribute '${forced.shape.keys[slot]}'`, forced.posOf(forced.shape.keys[slot]!));
        throw error;
      }
    }
  }
  return forced;
}

/** As `forceSlot`, with everything inside. */
function forceDeepSlot(slots: Value[], slot: number, seen: Set<object>): void {
  const v = forceDeep(slots[slot]!, seen);
  if (!Array.isArray(v)) slots[slot] = v;
}
