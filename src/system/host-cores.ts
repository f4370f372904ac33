import os from 'node:os';

/** How many threads of this process the host runs at once. */
export function hostCores(): number {
  return os.availableParallelism();
}
