import { N_LAMBDA } from '../../machine/nodes.ts';
import type { Pos } from '../lang/position.ts';
import { Env, Lambda, LambdaInfo, type Forced, type Formals, type Value } from '../eval/value.ts';
import type { Cell, MachineMemory } from './memory.ts';

const rootEnv = new Env(null, undefined, undefined);

/** A function of the machine as the other evaluator has it: the same arguments and places, and a body that has the machine evaluate it. */
export function readLambda(memory: MachineMemory, cell: Cell, run: (args: Value[]) => Forced): Lambda {
  const code = memory.word(cell + 4);
  const word = (i: number): number => memory.word(code + 4 * i);
  const name = (i: number): string => (word(i) === 0 ? '' : memory.symbolText(word(i)));
  if (word(0) === N_LAMBDA) {
    const arity = word(1);
    const argNames = Array.from({ length: arity }, (_, i) => name(5 + i));
    const inner: Pos[] = Array.from({ length: arity - 1 }, (_, i) => word(6 + arity + i));
    const body = (env: Env): Value => run(arity === 1 ? [env.a] : arity === 2 ? [env.a, env.b] : env.a);
    return new Lambda(new LambdaInfo(arity, null, argNames, name(4), word(3), body, null, inner), rootEnv);
  }
  const count = word(4);
  const end = 5 + 3 * count;
  const each = <T>(read: (at: number) => T): T[] => Array.from({ length: count }, (_, i) => read(5 + 3 * i));
  const formals: Formals = {
    names: each(name),
    optional: each((at) => word(at + 1) !== 0),
    positions: each((at) => word(at + 2)),
    ellipsis: word(3) !== 0,
  };
  const whole = name(end + 2);
  return new Lambda(
    new LambdaInfo(1, formals, whole === '' ? [] : [whole], name(end + 1), word(end), (env) => run([env.a]), null),
    rootEnv,
  );
}
