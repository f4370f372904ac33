/** Ends an evaluation that the user has had enough of. No error of the program's: nothing may catch it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** A checkpoint for the evaluator: throws once the flag is set, which is looked at every so many calls. */
export function interruptCheckpoint(flag: Int32Array): () => void {
  let calls = 0;
  return () => {
    calls = (calls + 1) | 0;
    if ((calls & 255) === 0 && Atomics.load(flag, 0) !== 0) throw new Interrupted();
  };
}
