import { readFileSync } from 'node:fs';

let bytes: Buffer | undefined;

/** All that comes through standard input. It can be read once; what asks again in this thread gets the same bytes. */
export function readStandardInput(): Buffer {
  bytes ??= readFileSync(0);
  return bytes;
}
