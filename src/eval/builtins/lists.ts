import { Attrs, AttrsBuilder } from '../attrs.ts';
import { call, call2, lazyCall } from '../apply.ts';
import { equalInside } from '../compare.ts';
import { evalError } from '../error.ts';
import { forceBool, forceFunction, forceInt, forceList, forceStringNoContext } from '../expect.ts';
import { force } from '../force.ts';
import type { Pos } from '../../lang/position.ts';
import type { BuiltinDef, Value } from '../value.ts';

const first = (name: string) => `the first argument passed to builtins.${name}`;
const second = (name: string) => `the second argument passed to builtins.${name}`;

function anyOrAll(name: 'any' | 'all', doc: string): BuiltinDef {
  const wanted = name === 'any';
  const result = `the return value of the function passed to builtins.${name}`;
  return {
    name,
    args: ['pred', 'list'],
    doc,
    run(_ev, pos, pred, list) {
      forceFunction(pred!, pos, first(name));
      for (const element of forceList(list!, pos, second(name))) {
        if (forceBool(call(pred!, element, pos), pos, result) === wanted) return wanted;
      }
      return !wanted;
    },
  };
}

/** The lists' elements in one list; a single non-empty list is answered as it is. */
export function concatLists(lists: readonly Value[], pos: Pos, what: string): Value[] {
  let only: Value[] | undefined;
  let parts = 0;
  const forced: Value[][] = new Array(lists.length);
  for (let i = 0; i < lists.length; i++) {
    const list = (forced[i] = forceList(lists[i]!, pos, what));
    if (list.length > 0) {
      only = list;
      parts++;
    }
  }
  if (parts <= 1) return only ?? [];
  const all: Value[] = [];
  for (const list of forced) for (let i = 0; i < list.length; i++) all.push(list[i]!);
  return all;
}

export const listBuiltins: BuiltinDef[] = [
  {
    name: 'elemAt',
    args: ['xs', 'n'],
    doc: 'Element *n* of the list *xs*; the first is element 0. It is an error when there is none.',
    run(_ev, pos, xs, n) {
      const index = forceInt(n!, pos, second('elemAt'));
      const list = forceList(xs!, pos, first('elemAt'));
      if (index < 0 || index >= list.length) {
        throw evalError('eval/index-out-of-range', `'builtins.elemAt' called with index ${index} on a list of size ${list.length}`, pos);
      }
      return force(list[Number(index)]!);
    },
  },
  {
    name: 'head',
    args: ['list'],
    doc: 'The first element of a list, which must not be empty.',
    run(_ev, pos, v) {
      const list = forceList(v!, pos, first('head'));
      if (list.length === 0) throw evalError('eval/index-out-of-range', "'builtins.head' called on an empty list", pos);
      return force(list[0]!);
    },
  },
  {
    name: 'tail',
    args: ['list'],
    doc:
      'The list without its first element; the list must not be empty. Takes time in proportion to the length, so a recursion over ' +
      'tails is quadratic.',
    run(_ev, pos, v) {
      const list = forceList(v!, pos, first('tail'));
      if (list.length === 0) throw evalError('eval/index-out-of-range', "'builtins.tail' called on an empty list", pos);
      return list.slice(1);
    },
  },
  {
    name: 'map',
    args: ['f', 'list'],
    global: true,
    doc: 'The list of *f* applied to each element of *list*, each when it is needed.',
    run(_ev, pos, f, v) {
      const list = forceList(v!, pos, second('map'));
      if (list.length === 0) return list;
      const fn = forceFunction(f!, pos, first('map'));
      const result: Value[] = new Array(list.length);
      for (let i = 0; i < result.length; i++) result[i] = lazyCall(fn, list[i]!);
      return result;
    },
  },
  {
    name: 'filter',
    args: ['f', 'list'],
    doc: 'The elements of *list* for which *f* returns `true`.',
    run(_ev, pos, f, v) {
      const list = forceList(v!, pos, second('filter'));
      if (list.length === 0) return list;
      const fn = forceFunction(f!, pos, first('filter'));
      const kept: Value[] = [];
      for (const element of list) {
        if (forceBool(call(fn, element, pos), pos, 'the return value of the filtering function passed to builtins.filter'))
          kept.push(element);
      }
      return kept.length === list.length ? list : kept;
    },
  },
  {
    name: 'elem',
    args: ['x', 'xs'],
    doc: 'Whether an element equal to *x* is in the list *xs*.',
    run(_ev, pos, x, xs) {
      for (const element of forceList(xs!, pos, second('elem'))) {
        // As in Nix, a function is in a list that holds the very same value.
        if (equalInside(x!, element, pos)) return true;
      }
      return false;
    },
  },
  {
    name: 'concatLists',
    args: ['lists'],
    doc: 'The elements of all lists of a list, in one list.',
    run: (_ev, pos, lists) =>
      concatLists(forceList(lists!, pos, first('concatLists')), pos, 'a value of the list passed to builtins.concatLists'),
  },
  {
    name: 'length',
    args: ['e'],
    doc: 'The number of elements of the list *e*.',
    run: (_ev, pos, v) => forceList(v!, pos, first('length')).length,
  },
  {
    name: "foldl'",
    args: ['op', 'nul', 'list'],
    doc: 'Reduces a list from the left: `op (op (op nul x0) x1) x2`. Each result of *op* is evaluated before the next step.',
    run(_ev, pos, op, nul, v) {
      const fn = forceFunction(op!, pos, "the first argument passed to builtins.foldl'");
      const list = forceList(v!, pos, "the third argument passed to builtins.foldl'");
      let result: Value = nul!;
      for (let i = 0; i < list.length; i++) result = call2(fn, result, list[i]!, pos);
      return force(result);
    },
  },
  anyOrAll('any', 'Whether *pred* returns `true` for at least one element of *list*. Stops at the first.'),
  anyOrAll('all', 'Whether *pred* returns `true` for every element of *list*. Stops at the first for which it does not.'),
  {
    name: 'genList',
    args: ['generator', 'length'],
    doc: 'The list of *generator* applied to 0, 1, ... *length* - 1, each when it is needed.',
    run(_ev, pos, generator, length) {
      const size = forceInt(length!, pos, second('genList'));
      if (size < 0) throw evalError('eval/bad-argument', `cannot create list of size ${size}`, pos);
      const fn = forceFunction(generator!, pos, first('genList'));
      if (size > 2 ** 32 - 1)
        throw evalError('eval/bad-argument', `cannot create list of size ${size}: a list has at most 4294967295 elements`, pos);
      const result: Value[] = [];
      for (let i = 0; i < size; i++) result.push(lazyCall(fn, i));
      return result;
    },
  },
  {
    name: 'partition',
    args: ['pred', 'list'],
    doc: 'A set of two lists: `right` with the elements of *list* for which *pred* returns `true`, `wrong` with the others.',
    run(_ev, pos, pred, v) {
      const fn = forceFunction(pred!, pos, first('partition'));
      const right: Value[] = [];
      const wrong: Value[] = [];
      for (const element of forceList(v!, pos, second('partition'))) {
        force(element);
        const isRight = forceBool(call(fn, element, pos), pos, 'the return value of the partition function passed to builtins.partition');
        (isRight ? right : wrong).push(element);
      }
      return Attrs.from([
        ['right', right],
        ['wrong', wrong],
      ]);
    },
  },
  {
    name: 'groupBy',
    args: ['f', 'list'],
    doc:
      'A set that groups the elements of *list* by the string that *f* returns for each: `groupBy (s: substring 0 1 s) [ "ab" "ac" "b" ' +
      ']` is `{ a = [ "ab" "ac" ]; b = [ "b" ]; }`.',
    run(_ev, pos, f, v) {
      const fn = forceFunction(f!, pos, first('groupBy'));
      const groups = new Map<string, Value[]>();
      for (const element of forceList(v!, pos, second('groupBy'))) {
        const name = forceStringNoContext(
          call(fn, element, pos),
          pos,
          'the return value of the grouping function passed to builtins.groupBy',
        );
        const group = groups.get(name);
        if (group) group.push(element);
        else groups.set(name, [element]);
      }
      const builder = new AttrsBuilder();
      for (const [name, group] of groups) builder.set(name, group);
      return builder.build();
    },
  },
  {
    name: 'concatMap',
    args: ['f', 'list'],
    doc: 'The lists that *f* returns for the elements of *list*, in one list.',
    run(_ev, pos, f, v) {
      const fn = forceFunction(f!, pos, first('concatMap'));
      const result: Value[] = [];
      for (const element of forceList(v!, pos, second('concatMap'))) {
        const part = forceList(call(fn, element, pos), pos, 'the return value of the function passed to builtins.concatMap');
        for (let i = 0; i < part.length; i++) result.push(part[i]!);
      }
      return result;
    },
  },
];
