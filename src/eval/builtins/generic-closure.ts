import { call } from '../apply.ts';
import type { Attrs } from '../attrs.ts';
import { compareValues } from '../compare.ts';
import { addStep } from '../error.ts';
import { forceAttrs, forceFunction, forceList, requireAttr } from '../expect.ts';
import { force } from '../force.ts';
import { describe } from '../print.ts';
import type { Pos } from '../../lang/position.ts';
import type { BuiltinDef, Forced, Value } from '../value.ts';

/**
 * Keys already met. As long as all are plain strings, or all small integers, a hash set serves; else an array kept in the
 * order of `<`, whose comparisons throw for keys that have no order between them.
 */
class KeySet {
  private readonly plain = new Set<Forced>();
  private plainType: string | undefined;
  private sorted: Forced[] | undefined;

  constructor(private readonly pos: Pos) {}

  /** false when an equal key was there. */
  add(key: Forced): boolean {
    if (!this.sorted) {
      const type = typeof key;
      if ((type === 'string' || type === 'number') && (this.plainType === undefined || this.plainType === type)) {
        this.plainType = type;
        if (this.plain.has(key)) return false;
        this.plain.add(key);
        return true;
      }
      this.sorted = [...this.plain].sort((a, b) => compareValues(a, b, this.pos));
    }
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareValues(key, this.sorted[middle]!, this.pos) < 0) high = middle;
      else low = middle + 1;
    }
    if (low > 0 && !(compareValues(this.sorted[low - 1]!, key, this.pos) < 0)) return false;
    this.sorted.splice(low, 0, key);
    return true;
  }
}

function genericClosure(argument: Attrs, pos: Pos): Value {
  const start = forceList(
    requireAttr(argument, 'startSet', pos, 'the attrset passed as argument to builtins.genericClosure'),
    pos,
    "the 'startSet' attribute passed as argument to builtins.genericClosure",
  );
  if (start.length === 0) return start;
  const operator = forceFunction(
    requireAttr(argument, 'operator', pos, 'the attrset passed as argument to builtins.genericClosure'),
    pos,
    "the 'operator' attribute passed as argument to builtins.genericClosure",
  );
  const work: Value[] = start.slice();
  const result: Value[] = [];
  const keys = new KeySet(pos);
  for (let next = 0; next < work.length; next++) {
    const element = work[next]!;
    const found = describeFailure(element, pos, () => {
      const attrs = forceAttrs(element, pos, '');
      return keys.add(force(requireAttr(attrs, 'key', pos, '')));
    });
    if (!found) continue;
    result.push(element);
    const more = forceList(call(operator, element, pos), pos, 'the return value of the `operator` passed to builtins.genericClosure');
    for (const added of more) {
      force(added);
      work.push(added);
    }
  }
  return result;
}

function describeFailure<T>(element: Value, pos: Pos, run: () => T): T {
  try {
    return run();
  } catch (error) {
    addStep(error, `in genericClosure element ${describe(element)}`, pos);
    throw error;
  }
}

export const genericClosureBuiltins: BuiltinDef[] = [
  {
    name: 'genericClosure',
    args: ['attrset'],
    doc:
      'The transitive closure of `startSet` under `operator`: sets that each have a `key`; *operator* gives for one set the list of ' +
      'those that it leads to. Each key occurs once, in the order of discovery (breadth first).',
    run: (_ev, pos, v) => genericClosure(forceAttrs(v!, pos, 'the first argument passed to builtins.genericClosure'), pos),
  },
];
