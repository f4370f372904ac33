import { Attrs, AttrsBuilder } from '../attrs.ts';
import { lazyCaller2 } from '../apply.ts';
import { forceAttrs, forceFunction, forceList, forceStringNoContext, requireAttr } from '../expect.ts';
import { force, makeThunk } from '../force.ts';
import { resolvePos, sourceOf, type Pos } from '../../lang/position.ts';
import type { BuiltinDef, Value } from '../value.ts';

/** `{ file, line, column }` of a position, the last two worked out when needed; null when it is in no file. */
export function positionValue(pos: Pos): Value {
  const source = sourceOf(pos);
  if (!source?.file.startsWith('/')) return null;
  return Attrs.from([
    ['column', makeThunk(() => resolvePos(pos)!.column)],
    ['file', source.file],
    ['line', makeThunk(() => resolvePos(pos)!.line)],
  ]);
}

/** The attributes of `right` whose names are in `left`. The cost goes by the smaller set. */
export function intersectAttrs(left: Attrs, right: Attrs): Attrs {
  if (left.size >= right.size) return right.filter((name) => left.has(name));
  const slots: number[] = [];
  for (const name of left.shape.keys) {
    const slot = right.shape.slot(name);
    if (slot >= 0) slots.push(slot);
  }
  return right.pick(slots);
}

function listToAttrs(list: readonly Value[], pos: Pos): Attrs {
  const builder = new AttrsBuilder();
  for (const element of list) {
    const pair = forceAttrs(element, pos, 'an element of the list passed to builtins.listToAttrs');
    const name = forceStringNoContext(
      requireAttr(pair, 'name', pos, 'a {name=...; value=...;} pair'),
      pair.posOf('name'),
      'the `name` attribute of an element of the list passed to builtins.listToAttrs',
    );
    if (builder.has(name)) continue;
    builder.set(name, requireAttr(pair, 'value', pos, 'a {name=...; value=...;} pair'), pair.posOf('value'));
  }
  return builder.build();
}

function zipAttrsWith(f: Value, list: readonly Value[], pos: Pos): Attrs {
  const groups = new Map<string, Value[]>();
  for (const element of list) {
    const attrs = forceAttrs(element, pos, 'a value of the list passed as second argument to builtins.zipAttrsWith');
    const { keys } = attrs.shape;
    for (let slot = 0; slot < keys.length; slot++) {
      const group = groups.get(keys[slot]!);
      if (group) group.push(attrs.values[slot]!);
      else groups.set(keys[slot]!, [attrs.values[slot]!]);
    }
  }
  const builder = new AttrsBuilder();
  const lazy = lazyCaller2(f);
  for (const [name, values] of groups) builder.set(name, lazy(name, values));
  return builder.build();
}

export const attrsetBuiltins: BuiltinDef[] = [
  {
    name: 'attrNames',
    args: ['set'],
    doc: 'The names of the attributes of *set*, sorted by their bytes.',
    run: (_ev, pos, set) => forceAttrs(set!, pos, 'the argument passed to builtins.attrNames').names().slice(),
  },
  {
    name: 'attrValues',
    args: ['set'],
    doc: 'The values of the attributes of *set*, in the order of their names.',
    run: (_ev, pos, set) => forceAttrs(set!, pos, 'the argument passed to builtins.attrValues').sortedValues(),
  },
  {
    name: 'getAttr',
    args: ['s', 'set'],
    doc: 'The attribute of *set* whose name is *s*; it is an error when there is none. As `set.${s}`.',
    run(_ev, pos, s, set) {
      const name = forceStringNoContext(s!, pos, 'the first argument passed to builtins.getAttr');
      const attrs = forceAttrs(set!, pos, 'the second argument passed to builtins.getAttr');
      return force(requireAttr(attrs, name, pos, 'the call of builtins.getAttr'));
    },
  },
  {
    name: 'hasAttr',
    args: ['s', 'set'],
    doc: 'Whether *set* has an attribute whose name is *s*. As `set ? ${s}`.',
    run(_ev, pos, s, set) {
      const name = forceStringNoContext(s!, pos, 'the first argument passed to builtins.hasAttr');
      return forceAttrs(set!, pos, 'the second argument passed to builtins.hasAttr').has(name);
    },
  },
  {
    name: 'unsafeGetAttrPos',
    args: ['s', 'set'],
    doc:
      'Where the attribute *s* of *set* was written: `{ file, line, column }`, or `null` when that is not known. Unsafe, as two equal ' +
      'sets may give different results.',
    run(_ev, pos, s, set) {
      const name = forceStringNoContext(s!, pos, 'the first argument passed to builtins.unsafeGetAttrPos');
      return positionValue(forceAttrs(set!, pos, 'the second argument passed to builtins.unsafeGetAttrPos').posOf(name));
    },
  },
  {
    name: 'removeAttrs',
    args: ['set', 'list'],
    global: true,
    doc: 'The set without the attributes named in *list*; names that it does not have are no error.',
    run(_ev, pos, set, list) {
      const attrs = forceAttrs(set!, pos, 'the first argument passed to builtins.removeAttrs');
      const removed = new Set<string>();
      for (const element of forceList(list!, pos, 'the second argument passed to builtins.removeAttrs')) {
        removed.add(forceStringNoContext(element, pos, 'the values of the second argument passed to builtins.removeAttrs'));
      }
      for (const name of removed) if (attrs.has(name)) return attrs.filter((other) => !removed.has(other));
      return attrs;
    },
  },
  {
    name: 'listToAttrs',
    args: ['e'],
    doc: 'A set from a list of `{ name = "..."; value = ...; }`. When a name occurs twice, the first counts.',
    run: (_ev, pos, list) => listToAttrs(forceList(list!, pos, 'the argument passed to builtins.listToAttrs'), pos),
  },
  {
    name: 'intersectAttrs',
    args: ['e1', 'e2'],
    doc: 'The attributes of the set *e2* whose names are also in the set *e1*.',
    run(_ev, pos, e1, e2) {
      const left = forceAttrs(e1!, pos, 'the first argument passed to builtins.intersectAttrs');
      return intersectAttrs(left, forceAttrs(e2!, pos, 'the second argument passed to builtins.intersectAttrs'));
    },
  },
  {
    name: 'catAttrs',
    args: ['attr', 'list'],
    doc: 'The values of the attribute *attr* of those sets of *list* that have it.',
    run(_ev, pos, attr, list) {
      const name = forceStringNoContext(attr!, pos, 'the first argument passed to builtins.catAttrs');
      const found: Value[] = [];
      for (const element of forceList(list!, pos, 'the second argument passed to builtins.catAttrs')) {
        const v = forceAttrs(element, pos, 'an element in the list passed as second argument to builtins.catAttrs').get(name);
        if (v !== undefined) found.push(v);
      }
      return found;
    },
  },
  {
    name: 'mapAttrs',
    args: ['f', 'attrset'],
    doc: 'The set with each value replaced by `f name value`, computed when it is needed.',
    run(_ev, pos, f, set) {
      const attrs = forceAttrs(set!, pos, 'the second argument passed to builtins.mapAttrs');
      const { keys } = attrs.shape;
      const values: Value[] = new Array(keys.length);
      const lazy = lazyCaller2(f!);
      for (let slot = 0; slot < values.length; slot++) values[slot] = lazy(keys[slot]!, attrs.values[slot]!);
      // As in Nix, the new attributes stand nowhere.
      return new Attrs(attrs.shape, values);
    },
  },
  {
    name: 'zipAttrsWith',
    args: ['f', 'list'],
    doc:
      "One set from a list of sets: each attribute is `f name values`, *values* being the list of that attribute's values in the sets " +
      'that have it.',
    run(_ev, pos, f, list) {
      const fn = forceFunction(f!, pos, 'the first argument passed to builtins.zipAttrsWith');
      return zipAttrsWith(fn, forceList(list!, pos, 'the second argument passed to builtins.zipAttrsWith'), pos);
    },
  },
];
