import type { AttrsExpr, Binding, Bindings, LetExpr } from '../../lang/ast.ts';
import { noPos, resolvePos, type Pos } from '../../lang/position.ts';
import { quoteName } from '../../lang/quote.ts';
import { Attrs, Shape } from '../attrs.ts';
import { evalError } from '../error.ts';
import { force } from '../force.ts';
import { noteThunkSite } from '../thunk-site.ts';
import { forceAttrs, forceStringNoContext } from '../expect.ts';
import { Env, Thunk, type Code, type Value } from '../value.ts';
import type { Compiler } from './compiler.ts';
import { make, settled, thunkKind, constantKind, type Delay } from './delay.ts';
import { selectFrom } from './select.ts';
import { describe } from '../print.ts';
import { typeError } from '../error.ts';

/** One binding: a delayed value of the inner or (`inherit a`) outer scope, or an attribute of `sources[from]`. */
interface Plan {
  delays: Delay[];
  outer: boolean[];
  /** Whether all values are plain delays of one scope. */
  simple: boolean;
  sources: Delay[];
  from: ({ source: number; name: string; code: (source: Value) => Value } | null)[];
}

function planBindings(c: Compiler, bindings: Bindings, thunks = false): Plan {
  const plan: Plan = { delays: [], outer: [], simple: true, sources: bindings.sources.map((e) => c.delay(e, null)), from: [] };
  for (const b of bindings.list) {
    if (b.from >= 0) {
      const { name, pos } = b;
      const code = (source: Value): Value => {
        const attrs = force(source);
        if (!(attrs instanceof Attrs)) throw typeError(`expected a set to inherit '${name}' from but found ${describe(attrs)}`, pos);
        return selectFrom(attrs, name, pos);
      };
      noteThunkSite(code, name, pos);
      plan.from.push({ source: b.from, name, code });
      plan.delays.push(null as unknown as Delay);
      plan.outer.push(false);
      plan.simple = false;
    } else {
      plan.delays.push(thunks && !b.inherited ? c.thunk(b.value!, b.name, b.pos) : c.delay(b.value!, b.name, b.pos));
      plan.outer.push(b.inherited);
      plan.from.push(null);
      if (b.inherited) plan.simple = false;
    }
  }
  return plan;
}

/** `inherit (source) name`: the attribute itself when the source is evaluated already. */
function inheritFrom(source: Value, name: string, code: (source: Value) => Value): Value {
  const known = source instanceof Thunk && source.code === null ? (source.env as Value) : source;
  if (known instanceof Attrs) {
    const slot = known.get(name);
    const v = slot === undefined ? undefined : settled(slot);
    if (v !== undefined) return v;
  }
  return new Thunk(code, source);
}

/** Fills `values`; while that goes on, `inner` may already refer to it. */
function fillValues(plan: Plan, values: Value[], inner: Env, outer: Env): void {
  const { delays } = plan;
  if (plan.simple) {
    for (let i = 0; i < delays.length; i++) {
      const { kind, code } = delays[i]!;
      values[i] = kind === thunkKind ? new Thunk(code, inner) : kind === constantKind ? code : code(inner);
    }
    return;
  }
  const sources = plan.sources.map((d) => make(d, inner));
  for (let i = 0; i < delays.length; i++) {
    const from = plan.from[i]!;
    values[i] = from ? inheritFrom(sources[from.source]!, from.name, from.code) : make(delays[i]!, plan.outer[i] ? outer : inner);
  }
}

export function letCode(c: Compiler, e: LetExpr): Code {
  const plan = planBindings(c, e.bindings);
  const body = c.code(e.body);
  const count = plan.delays.length;
  if (e.layout === 'array') {
    return (env) => {
      const values: Value[] = new Array(count);
      const inner = new Env(env, values, undefined);
      fillValues(plan, values, inner, env);
      return body(inner);
    };
  }
  if (plan.simple && count === 1) {
    const first = plan.delays[0]!;
    return (env) => {
      const inner = new Env(env, undefined, undefined);
      inner.a = make(first, inner);
      return body(inner);
    };
  }
  return (env) => {
    const inner = new Env(env, undefined, undefined);
    const sources = plan.sources.map((d) => make(d, inner));
    for (let i = 0; i < count; i++) {
      const from = plan.from[i]!;
      const v = from ? inheritFrom(sources[from.source]!, from.name, from.code) : make(plan.delays[i]!, plan.outer[i] ? env : inner);
      if (i === 0) inner.a = v;
      else inner.b = v;
    }
    return body(inner);
  };
}

/** In the order of the names, so that sets with the same names have the same shape. */
function sortByName(list: Binding[]): void {
  for (let i = 1; i < list.length; i++) {
    if (list[i - 1]!.name > list[i]!.name) {
      list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
      return;
    }
  }
}

export function setCode(c: Compiler, e: AttrsExpr): Code {
  const { list, dynamic } = e.bindings;
  // The slots of a recursive set are those of its scope already, in the order of the source.
  if (!e.recursive) sortByName(list);
  if (list.length === 0 && dynamic.length === 0) return () => Attrs.empty;
  const hasOverrides = e.recursive && list.some((b) => b.name === '__overrides');
  // What `__overrides` replaces must not have been read before.
  const plan = planBindings(c, e.bindings, hasOverrides);
  const shape = Shape.of(list.map((b) => b.name));
  const positions = list.map((b) => b.pos);
  if (!e.recursive && dynamic.length === 0) return plainSet(plan, shape, positions);
  const recursive = e.recursive ? recursiveSet(plan, shape, positions) : null;
  const build = hasOverrides ? withOverrides(recursive!, e.pos) : recursive;
  if (dynamic.length === 0) return (env) => build!(env).set;
  const plain = plainSet(plan, shape, positions);
  const names = dynamic.map((d) => c.code(d.name));
  const values = dynamic.map((d) => c.delay(d.value, null, d.pos));
  const places = dynamic.map((d) => d.pos);
  return (env) => {
    if (build === null) return addDynamic(plain(env), names, values, places, env);
    const { set, inner } = build(env);
    return addDynamic(set, names, values, places, inner);
  };
}

/** A set, and the scope in which its dynamic attributes are to be evaluated. */
interface Built {
  set: Attrs;
  inner: Env;
}
type Build = (env: Env) => Built;

function plainSet(plan: Plan, shape: Shape, positions: Pos[]): (env: Env) => Attrs {
  const count = plan.delays.length;
  return (env) => {
    const values: Value[] = new Array(count);
    fillValues(plan, values, env, env);
    return new Attrs(shape, values, positions);
  };
}

function recursiveSet(plan: Plan, shape: Shape, positions: Pos[]): Build {
  const count = plan.delays.length;
  return (env) => {
    const values: Value[] = new Array(count);
    const inner = new Env(env, values, undefined);
    fillValues(plan, values, inner, env);
    return { set: new Attrs(shape, values, positions), inner };
  };
}

/** The ancient `__overrides`: its attributes replace those of the set, also for the set's own expressions. */
function withOverrides(build: Build, pos: Pos): Build {
  return (env) => {
    const { set, inner } = build(env);
    const overrides = forceAttrs(set.get('__overrides')!, pos, 'the `__overrides` attribute');
    const merged = set.update(overrides);
    // The set's own slots come first in the merged set, so its scope can go on by the same numbers.
    for (let i = 0; i < set.values.length; i++) set.values[i] = merged.values[i]!;
    return { set: merged, inner };
  };
}

/** How many names a shape may have that gets further ones one by one. */
const FEW = 32;

function addDynamic(set: Attrs, names: readonly Code[], delays: readonly Delay[], positions: readonly Pos[], env: Env): Attrs {
  let { shape } = set;
  // Names behind those of the shape, where a shape for each step would cost too much.
  let more: Map<string, number> | null = null;
  const values = set.values.slice();
  const places: Pos[] = values.map((_, i) => (set.positions as readonly Pos[] | null)?.[i] ?? noPos);
  for (let i = 0; i < names.length; i++) {
    const pos = positions[i]!;
    const nameValue = names[i]!(env);
    if (nameValue === null) continue;
    const name = forceStringNoContext(nameValue, pos, 'the name of a dynamic attribute');
    const slot = more?.get(name) ?? shape.slot(name);
    if (slot >= 0) {
      const first = resolvePos(places[slot]!);
      throw evalError(
        'eval/duplicate-attribute',
        `dynamic attribute '${quoteName(name)}' already defined${first ? ` at ${first.file}:${first.line}:${first.column}` : ''}`,
        pos,
      );
    }
    if (shape.size < FEW) shape = shape.extend(name);
    else (more ??= new Map()).set(name, values.length);
    values.push(make(delays[i]!, env));
    places.push(pos);
  }
  return new Attrs(more === null ? shape : new Shape([...shape.keys, ...more.keys()]), values, places);
}
