/**
 * Pipes for what a program writes. Node's own are sockets, which cannot be opened anew, so that `echo > /dev/stderr` would fail; named
 * pipes can. They are made several at a time and have no name once they are open.
 */
import { closeSync, constants, fchownSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeProgram } from '../system/child-process.ts';

export interface OutputPipe {
  /** Does not block. */
  readEnd: number;
  writeEnd: number;
}

const AT_ONCE = 8;
const spare: OutputPipe[] = [];
let making: Promise<void> | undefined;

/** Returns a new pipe, of which the caller closes both ends. `owner`: who may open it again. */
export async function newOutputPipe(owner?: { uid: number; gid: number }): Promise<OutputPipe> {
  while (spare.length === 0) await (making ??= makeSpare().finally(() => (making = undefined)));
  const pipe = spare.pop()!;
  if (owner !== undefined) fchownSync(pipe.writeEnd, owner.uid, owner.gid);
  return pipe;
}

async function makeSpare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-pipes-'));
  try {
    const paths = Array.from({ length: AT_ONCE }, (_, i) => join(folder, String(i)));
    const made = await probeProgram(['mkfifo', '-m', '600', ...paths], 10_000);
    if (made === 'timeout' || made.status !== 0) throw new Error(`mkfifo failed: ${made === 'timeout' ? made : made.errors.trim()}`);
    for (const path of paths) {
      const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      spare.push({ readEnd, writeEnd: openSync(path, constants.O_WRONLY) });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function closePipe({ readEnd, writeEnd }: OutputPipe): void {
  closeSync(readEnd);
  closeSync(writeEnd);
}
