import type { ParsedRegex, RegexNode } from './parse.ts';

export const enum Op {
  /** Takes one byte out of `sets[state]`. */
  Set,
  Begin,
  End,
  GroupBegin,
  GroupEnd,
  /** First `alternative`, then `next`; the longer match counts. */
  Choice,
  /** Once more (`alternative`), or on (`next`). */
  Repeat,
  Accept,
}

/** A state machine; states are numbers. */
export interface RegexProgram {
  ops: Op[];
  next: number[];
  alternative: number[];
  sets: (Uint8Array | undefined)[];
  /** The group's index, for GroupBegin and GroupEnd. */
  group: number[];
  start: number;
  groups: number;
}

/** A pattern would need more states than libstdc++ allows. */
export class RegexTooLarge extends Error {}

const STATE_LIMIT = 100_000;

/** Builds the machine from the end to the start: each node is made with the state that follows it. */
export function compileRegex(parsed: ParsedRegex): RegexProgram {
  const program: RegexProgram = { ops: [], next: [], alternative: [], sets: [], group: [], start: 0, groups: parsed.groups };
  const add = (op: Op, next: number, alternative = -1, group = -1, set?: Uint8Array): number => {
    if (program.ops.length >= STATE_LIMIT) throw new RegexTooLarge();
    program.sets.push(set);
    program.next.push(next);
    program.alternative.push(alternative);
    program.group.push(group);
    return program.ops.push(op) - 1;
  };
  const build = (node: RegexNode, next: number): number => {
    switch (node.type) {
      case 'set':
        return add(Op.Set, next, -1, -1, node.set);
      case 'begin':
        return add(Op.Begin, next);
      case 'end':
        return add(Op.End, next);
      case 'group':
        return add(Op.GroupBegin, build(node.body, add(Op.GroupEnd, next, -1, node.index)), -1, node.index);
      case 'sequence':
        return node.items.reduceRight((after, item) => build(item, after), next);
      case 'alternatives': {
        let state = build(node.options[node.options.length - 1]!, next);
        for (let i = node.options.length - 2; i >= 0; i--) state = add(Op.Choice, state, build(node.options[i]!, next));
        return state;
      }
      case 'repeat':
        return repeat(node.body, node.min, node.max, next, node.plus === true);
    }
  };
  const repeat = (body: RegexNode, min: number, max: number, next: number, plus: boolean): number => {
    let state = next;
    if (max === Infinity) {
      const loop = add(Op.Repeat, next);
      const once = (program.alternative[loop] = build(body, loop));
      if (plus) return once;
      state = loop;
    } else for (let i = min; i < max; i++) state = add(Op.Repeat, next, build(body, state));
    for (let i = 0; i < min; i++) state = build(body, state);
    return state;
  };
  program.start = build(parsed.root, add(Op.Accept, -1));
  return program;
}
