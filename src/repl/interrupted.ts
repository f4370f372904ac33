/** Ends an evaluation that the user interrupted. Not an error of the program: nothing may catch it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** A checkpoint for the evaluator: throws once the flag is set, which is checked every so many calls. */
export function interruptCheckpoint(flag: Int32Array): () => void {
  let calls = 0;
  return () => {
    calls = (calls + 1) | 0;
    if ((calls & 255) === 0 && Atomics.load(flag, 0) !== 0) throw new Interrupted();
  };
}
