import { randomUUID } from 'node:crypto';

/** Returns a text that no other call returns. */
export function randomSeed(): string {
  return randomUUID();
}
