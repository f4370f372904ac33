import type { AttrName, HasAttrExpr, SelectExpr } from '../../lang/ast.ts';
import type { Pos } from '../../lang/position.ts';
import { didYouMean } from '../../lang/resolve.ts';
import { Attrs, type Shape } from '../attrs.ts';
import { evalError, typeError } from '../error.ts';
import { forceSlot } from '../force.ts';
import { isOffered } from '../offered-name.ts';
import { noteThunkSite } from '../thunk-site.ts';
import { describe } from '../print.ts';
import { quoteName } from '../../lang/quote.ts';
import { forceStringNoContext } from '../expect.ts';
import { Thunk, type Code, type Env, type Value } from '../value.ts';
import type { Compiler } from './compiler.ts';
import { compute, constantKind, type Delay, make, settled } from './delay.ts';
import type { Delay as DelayType } from './delay.ts';

type NameCode = (env: Env) => string;

/** The name of one step of an attribute path. */
export function nameCode(c: Compiler, part: AttrName): string | NameCode {
  if (part.name !== null) return part.name;
  const code = c.code(part.expr);
  const { pos } = part;
  return (env) => forceStringNoContext(code(env), pos, 'an attribute name');
}

export function selectCode(c: Compiler, e: SelectExpr): Code {
  const base = c.code(e.base);
  const fallback = e.fallback ? c.code(e.fallback) : null;
  const [only] = e.path;
  if (e.path.length === 1 && only!.name !== null) {
    return fallback ? selectOr(base, only!.name, fallback, only!.pos) : selectOne(base, only!.name, only!.pos);
  }
  const names = e.path.map((part) => nameCode(c, part));
  const at = (i: number): Pos => e.path[i]!.pos;
  if (!fallback && names.every((name, i) => typeof name === 'string' || i === 0)) {
    return names.reduce<Code>(
      (code, name, i) => (typeof name === 'string' ? selectOne(code, name, at(i)) : selectDynamic(code, name, at(i))),
      base,
    );
  }
  return selectPath(
    base,
    names,
    e.path.map((part) => part.pos),
    fallback,
  );
}

function selectOne(base: Code, name: string, pos: Pos): Code {
  let lastShape: Shape | null = null;
  let lastSlot = -1;
  return (env) => {
    const attrs = base(env);
    if (!(attrs instanceof Attrs)) throw notASet(attrs, name, pos);
    const { shape } = attrs;
    let slot = lastSlot;
    if (shape !== lastShape) {
      slot = shape.slot(name);
      if (slot < 0) throw missingAttribute(attrs, name, pos);
      lastShape = shape;
      lastSlot = slot;
    }
    const v = attrs.values[slot]!;
    return v instanceof Thunk ? forceSlot(attrs.values, slot, v, pos) : v;
  };
}

function selectDynamic(base: Code, name: NameCode, pos: Pos): Code {
  return (env) => {
    // Nix evaluates the set first, then the name.
    const attrs = base(env);
    const key = name(env);
    if (!(attrs instanceof Attrs)) throw notASet(attrs, key, pos);
    return selectFrom(attrs, key, pos);
  };
}

/** Evaluates one attribute. */
export function selectFrom(attrs: Attrs, name: string, pos: Pos): Value {
  const slot = attrs.shape.slot(name);
  if (slot < 0) throw missingAttribute(attrs, name, pos);
  const v = attrs.values[slot]!;
  return v instanceof Thunk ? forceSlot(attrs.values, slot, v, pos) : v;
}

function selectOr(base: Code, name: string, fallback: Code, pos: Pos): Code {
  let lastShape: Shape | null = null;
  let lastSlot = -1;
  return (env) => {
    const attrs = base(env);
    if (!(attrs instanceof Attrs)) return fallback(env);
    const { shape } = attrs;
    if (shape !== lastShape) {
      lastShape = shape;
      lastSlot = shape.slot(name);
    }
    const slot = lastSlot;
    if (slot < 0) return fallback(env);
    const v = attrs.values[slot]!;
    return v instanceof Thunk ? forceSlot(attrs.values, slot, v, pos) : v;
  };
}

/** As in Nix, a step's name is evaluated before the value in which it is looked up; only the first set is evaluated before its name. */
function selectPath(base: Code, names: readonly (string | NameCode)[], positions: readonly Pos[], fallback: Code | null): Code {
  return (env) => {
    let v: Value = base(env);
    let holder = null as Attrs | null;
    let slot = 0;
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const key = typeof name === 'string' ? name : name(env);
      if (holder && v instanceof Thunk) v = forceSlot(holder.values, slot, v, positions[i - 1]!);
      if (!(v instanceof Attrs)) {
        if (fallback) return fallback(env);
        throw notASet(v, key, positions[i]!);
      }
      slot = v.shape.slot(key);
      if (slot < 0) {
        if (fallback) return fallback(env);
        throw missingAttribute(v, key, positions[i]!);
      }
      holder = v;
      v = v.values[slot]!;
    }
    return v instanceof Thunk ? forceSlot(holder!.values, slot, v, positions[names.length - 1]!) : v;
  };
}

/** `a ? b.c` */
export function hasAttrCode(c: Compiler, e: HasAttrExpr): Code {
  const base = c.code(e.base);
  const names = e.path.map((part) => nameCode(c, part));
  const { pos } = e;
  const [only] = names;
  if (names.length === 1 && typeof only === 'string') {
    let lastShape: Shape | null = null;
    let lastAnswer = false;
    return (env) => {
      const attrs = base(env);
      if (!(attrs instanceof Attrs)) return false;
      if (attrs.shape !== lastShape) {
        lastShape = attrs.shape;
        lastAnswer = lastShape.slot(only) >= 0;
      }
      return lastAnswer;
    };
  }
  return (env) => {
    let v: Value = base(env);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const key = typeof name === 'string' ? name : name(env);
      if (!(v instanceof Attrs)) return false;
      const slot = v.shape.slot(key);
      if (slot < 0) return false;
      if (i === names.length - 1) return true;
      const next: Value = v.values[slot]!;
      v = next instanceof Thunk ? forceSlot(v.values, slot, next, pos) : next;
    }
    return true;
  };
}

/** A selection that takes the attribute at once when the set is evaluated already, as most are (`lib.mkOption`). */
export function selectDelay(c: Compiler, e: SelectExpr, code: Code, name: string | null, pos: Pos): Delay | null {
  if (e.fallback || e.base.kind !== 'var' || e.base.depth === -2 || e.path.some((part) => part.name === null)) return null;
  const base: DelayType = c.delay(e.base, null);
  const names = e.path.map((part) => part.name!);
  noteThunkSite(code, name, pos);
  if (names.length === 1) return selectOneDelay(base, names[0]!, code);
  return compute((env) => {
    let v = make(base, env);
    for (let i = 0; i < names.length; i++) {
      if (!(v instanceof Attrs)) return new Thunk(code, env);
      const slot = v.shape.slot(names[i]!);
      if (slot < 0) return new Thunk(code, env);
      v = v.values[slot]!;
      if (v instanceof Thunk && v.code === null) v = v.env as Value;
    }
    const value = settled(v);
    return value === undefined ? new Thunk(code, env) : value;
  });
}

function selectOneDelay(base: DelayType, name: string, code: Code): Delay {
  let lastShape: Shape | null = null;
  let lastSlot = -1;
  const fixed = base.kind === constantKind;
  return compute((env) => {
    let attrs: Value = fixed ? base.code : base.code(env);
    if (attrs instanceof Thunk && attrs.code === null) attrs = attrs.env as Value;
    if (!(attrs instanceof Attrs)) return new Thunk(code, env);
    const { shape } = attrs;
    if (shape !== lastShape) {
      const slot = shape.slot(name);
      if (slot < 0) return new Thunk(code, env);
      lastShape = shape;
      lastSlot = slot;
    }
    const v = settled(attrs.values[lastSlot]!);
    return v === undefined ? new Thunk(code, env) : v;
  });
}

export function missingAttribute(attrs: Attrs, name: string, pos: Pos): Error {
  return evalError(
    'eval/missing-attribute',
    `attribute '${quoteName(name)}' missing`,
    pos,
    didYouMean(name, attrs.names(), (near) => isOffered(attrs, near)),
  );
}

function notASet(v: Value, name: string, pos: Pos): Error {
  return typeError(`expected a set with the attribute '${name}' but found ${describe(v)}`, pos);
}
