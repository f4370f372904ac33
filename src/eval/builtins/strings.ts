import { coerceToString } from '../coerce.ts';
import { ContextCollector, contextOf, makeString } from '../context.ts';
import { evalError } from '../error.ts';
import { forceInt, forceList, forceString } from '../expect.ts';
import { force } from '../force.ts';
import type { Pos } from '../../lang/position.ts';
import { isString, type BuiltinDef, type Value } from '../value.ts';

/** Replaces in one pass from the left; at each place the first of `from` that is there counts. `to` is asked for what is needed. */
export function replaceStrings(from: readonly string[], to: (index: number) => string, text: string): string {
  const byFirst = new Map<number, number[]>();
  let empty = -1;
  from.forEach((pattern, index) => {
    if (pattern === '') {
      if (empty < 0) empty = index;
      return;
    }
    const code = pattern.charCodeAt(0);
    const list = byFirst.get(code);
    if (list) list.push(index);
    else byFirst.set(code, [index]);
  });
  let result = '';
  let copied = 0;
  for (let at = 0; at <= text.length; ) {
    const candidates = at < text.length ? byFirst.get(text.charCodeAt(at)) : undefined;
    let found = candidates ? (candidates.find((index) => text.startsWith(from[index]!, at)) ?? -1) : -1;
    if (empty >= 0 && (found < 0 || empty < found)) found = empty;
    if (found < 0) {
      at++;
      continue;
    }
    result += text.slice(copied, at) + to(found);
    copied = at;
    if (found === empty) at++;
    else copied = at += from[found]!.length;
  }
  return result + text.slice(copied);
}

function substring(start: number | bigint, length: number | bigint, text: string): string {
  if (start >= text.length) return '';
  const from = Number(start);
  return length < 0 ? text.slice(from) : text.slice(from, from + Number(length));
}

export const stringBuiltins: BuiltinDef[] = [
  {
    name: 'toString',
    args: ['e'],
    global: true,
    doc:
      'A value as a string: strings as they are, numbers in decimal, `true` as `"1"`, `false` and `null` as `""`, paths as their text ' +
      '(not copied to the store), lists with spaces between the elements, sets by `__toString` or `outPath`.',
    run(ev, pos, v) {
      const f = force(v!);
      if (isString(f)) return f;
      const context = new ContextCollector();
      return context.string(coerceToString(ev, f, context, { coerceMore: true }, pos, 'the first argument passed to builtins.toString'));
    },
  },
  {
    name: 'substring',
    args: ['start', 'len', 's'],
    doc: 'The part of *s* from byte *start*, *len* bytes long or to the end when there are less or *len* is negative.',
    run(ev, pos, startValue, lengthValue, v) {
      const start = forceInt(startValue!, pos, 'the first argument (the start offset) passed to builtins.substring');
      if (start < 0) throw evalError('eval/bad-argument', "negative start position in 'substring'", pos);
      const length = forceInt(lengthValue!, pos, 'the second argument (the substring length) passed to builtins.substring');
      const f = force(v!);
      if (typeof f === 'string') return substring(start, length, f);
      if (isString(f)) return makeString(substring(start, length, f.s), contextOf(f));
      const context = new ContextCollector();
      const text = coerceToString(
        ev,
        f,
        context,
        { copyToStore: true },
        pos,
        'the third argument (the string) passed to builtins.substring',
      );
      return context.string(substring(start, length, text));
    },
  },
  {
    name: 'stringLength',
    args: ['e'],
    doc: 'The length of a string in bytes.',
    run: (ev, pos, v) =>
      coerceToString(ev, v!, new ContextCollector(), { copyToStore: true }, pos, 'the argument passed to builtins.stringLength').length,
  },
  {
    name: 'concatStringsSep',
    args: ['separator', 'list'],
    doc: 'The strings of *list* in one, with *separator* between them.',
    run(ev, pos, separatorValue, listValue) {
      const context = new ContextCollector();
      const separator = forceString(
        separatorValue!,
        pos,
        'the first argument (the separator string) passed to builtins.concatStringsSep',
        context,
      );
      const list = forceList(listValue!, pos, 'the second argument (the list of strings to concat) passed to builtins.concatStringsSep');
      const what = 'one element of the list of strings to concat passed to builtins.concatStringsSep';
      let text = '';
      for (let i = 0; i < list.length; i++) {
        if (i > 0) text += separator;
        text += coerceToString(ev, list[i]!, context, { copyToStore: true }, pos, what);
      }
      return context.string(text);
    },
  },
  {
    name: 'replaceStrings',
    args: ['from', 'to', 's'],
    doc:
      'The string *s* with each occurrence of a string of the list *from* replaced by the one at the same place in the list *to*: ' +
      '`replaceStrings [ "a" ] [ "u" ] "banana"` is `"bununu"`.',
    run(_ev, pos, from, to, s) {
      return replace(
        forceList(from!, pos, 'the first argument passed to builtins.replaceStrings'),
        forceList(to!, pos, 'the second argument passed to builtins.replaceStrings'),
        s!,
        pos,
      );
    },
  },
];

function replace(from: Value[], to: Value[], v: Value, pos: Pos): Value {
  if (from.length !== to.length) {
    throw evalError('eval/bad-argument', "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths", pos);
  }
  const patterns = from.map((pattern) => forceString(pattern, pos, 'one of the strings to replace passed to builtins.replaceStrings'));
  const context = new ContextCollector();
  const text = forceString(v, pos, 'the third argument passed to builtins.replaceStrings', context);
  const used: (string | undefined)[] = new Array(to.length);
  const replacement = (index: number): string =>
    (used[index] ??= forceString(to[index]!, pos, 'one of the replacement strings passed to builtins.replaceStrings', context));
  const result = replaceStrings(patterns, replacement, text);
  return context.string(result);
}
