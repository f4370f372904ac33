/** Why the machine stops. Whatever it is, the other evaluator then evaluates from the beginning and tells what is to be told. */

/** `throw` and failed assertions: what tryEval catches. */
export class MachineThrow extends Error {}

/** An error in the program, as far as the machine can tell, or what only the other evaluator has. */
export class MachineStop extends Error {}
