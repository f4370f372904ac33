import { Attrs } from './attrs.ts';
import { addStep, evalError, EvalError, toPosition } from './error.ts';
import { noPos, type Pos } from '../lang/position.ts';
import { Thunk, type Forced, type Value } from './value.ts';

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
    const v = code(env) as Forced;
    t.code = null;
    t.env = v;
    return v;
  } catch (error) {
    // As Nix does: who asks again gets the error again, not an infinite recursion.
    t.code = code;
    t.env = env;
    if (error instanceof EvalError) noteSite(error, code);
    throw error;
  }
}

type ThunkCode = (env: any) => Value;

/** The code of a thunk that is being evaluated. The thunk's own code is then where its environment was. */
export function blackhole(code: ThunkCode): never {
  const site = siteOf(code);
  const defined = site && toPosition(site.pos);
  const what = site?.name ? `\`${site.name}\`` : 'a value';
  throw evalError(
    'eval/infinite-recursion',
    `infinite recursion: ${what}${defined ? ` (defined at ${defined.file}:${defined.line}:${defined.column})` : ''} needs its own value`,
    site?.pos ?? noPos,
  );
}

/** Where a thunk's expression stands and what it is called. */
export interface ThunkSite {
  name: string | null;
  pos: Pos;
}

const siteTables: { codes: ThunkCode[]; sites: (ThunkSite | number)[] }[] = [];
let table: { codes: ThunkCode[]; sites: (ThunkSite | number)[] } | undefined;

/** Remembers what a thunk's code stands for, for errors. Two array pushes, as this is done for every binding that is compiled. */
export function noteThunkSite(code: ThunkCode, name: string | null, pos: Pos): void {
  if (!table || table.codes.length > 50000) siteTables.push((table = { codes: [], sites: [] }));
  table.codes.push(code);
  table.sites.push(name === null ? pos : { name, pos });
}

/** A linear search: only errors ask. */
export function siteOf(code: ThunkCode): ThunkSite | undefined {
  for (const { codes, sites } of siteTables) {
    const i = codes.indexOf(code);
    if (i >= 0) {
      const site = sites[i]!;
      return typeof site === 'number' ? { name: null, pos: site } : site;
    }
  }
  return undefined;
}

const maxSites = 60;
function noteSite(error: EvalError, code: ThunkCode): void {
  if (error.sites.length < maxSites && error.sites[error.sites.length - 1] !== code) error.sites.push(code);
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
    for (let i = 0; i < forced.length; i++) forced[i] = forceDeep(forced[i]!, seen);
  } else if (forced instanceof Attrs) {
    if (seen.has(forced)) return forced;
    seen.add(forced);
    for (const slot of forced.shape.sortedSlots) {
      try {
        forced.values[slot] = forceDeep(forced.values[slot]!, seen);
      } catch (error) {
        addStep(error, `while evaluating the attribute '${forced.shape.keys[slot]}'`, forced.posOf(forced.shape.keys[slot]!));
        throw error;
      }
    }
  }
  return forced;
}
