import { EvalError } from '../eval/error.ts';

/** Why the machine stops. Whatever it is, the other evaluator then evaluates from the beginning and tells what is to be told. */

/** `throw` and failed assertions: what tryEval catches. */
export class MachineThrow extends Error {}

/** An error in the program, as far as the machine can tell, or what only the other evaluator has. */
export class MachineStop extends Error {}

/** Runs what is the other evaluator's: what tryEval catches of it, it catches of this. */
export function catchably<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof EvalError && error.catchable ? new MachineThrow() : error;
  }
}
