/** Attribute paths and sets that are written in several places, merged as Nix's parser merges them. */
import { Bindings, type AttrName, type AttrsExpr, type Binding, type Expr } from './ast.ts';
import { LaterParts } from './later.ts';
import { showAttrPath } from './quote.ts';
import { syntaxError } from './syntax-error.ts';
import type { Pos } from './position.ts';
import { resolvePos } from './position.ts';

/** Adds `path = value;` to a set. */
export function addBinding(bindings: Bindings, path: readonly AttrName[], value: Expr, pos: Pos): void {
  let target = bindings;
  for (let i = 0; i < path.length - 1; i++) {
    const part = path[i]!;
    let nested: AttrsExpr;
    if (part.name !== null) {
      const known = target.find(part.name);
      if (known) {
        known.value = LaterParts.wholeSet(known.value);
        if (known.value?.kind !== 'attrs' || known.inherited)
          throw duplicate(
            path.slice(0, i + 1).map((p) => p.name ?? '${...}'),
            part.pos,
            known.pos,
          );
        nested = known.value;
      } else {
        nested = emptySet(part.pos);
        target.add({ name: part.name, pos, value: nested, inherited: false, from: -1 });
      }
    } else {
      nested = emptySet(part.pos);
      target.dynamic.push({ name: part.expr, value: nested, pos });
    }
    target = nested.bindings;
  }
  const last = path[path.length - 1]!;
  if (last.name === null) target.dynamic.push({ name: last.expr, value, pos });
  else
    addStatic(
      target,
      { name: last.name, pos, value, inherited: false, from: -1 },
      path.map((p) => p.name ?? '${...}'),
    );
}

function emptySet(pos: Pos): AttrsExpr {
  return { kind: 'attrs', pos, recursive: false, bindings: new Bindings() };
}

/** Adds one attribute. When it is there already and both are written as sets, they are merged. */
export function addStatic(bindings: Bindings, binding: Binding, path: readonly string[]): void {
  const known = bindings.find(binding.name);
  if (!known) {
    bindings.add(binding);
    if (binding.value?.kind === 'lambda') nameLambda(binding.value, binding.name);
    return;
  }
  const into = (known.value = LaterParts.wholeSet(known.value));
  const from = LaterParts.wholeSet(binding.value);
  if (into?.kind !== 'attrs' || from?.kind !== 'attrs') throw duplicate(path, binding.pos, known.pos);
  // As in Nix, `rec` of the first set covers the second's attributes, and `rec` of the second is lost.
  const shift = into.bindings.sources.length;
  into.bindings.sources.push(...from.bindings.sources);
  for (const inner of from.bindings.list) {
    addStatic(into.bindings, inner.from >= 0 ? { ...inner, from: inner.from + shift } : inner, [...path, inner.name]);
  }
  into.bindings.dynamic.push(...from.bindings.dynamic);
}

function nameLambda(lambda: Expr, name: string): void {
  for (let e = lambda; e.kind === 'lambda'; e = e.body) e.name = name;
}

function duplicate(path: readonly string[], pos: Pos, first: Pos): Error {
  const at = resolvePos(first);
  const where = at ? ` at ${at.file}:${at.line}:${at.column}` : '';
  return syntaxError(
    'eval/duplicate-attribute',
    `attribute '${showAttrPath(path)}' already defined${where}`,
    pos,
    'remove one of the two, or write both as sets, which are merged',
  );
}
