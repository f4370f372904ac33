/**
 * Pipes for what a program writes. Node's own are sockets, which cannot be opened anew, so that `echo > /dev/stderr` would fail; named
 * pipes can. They are made several at a time and have no name once they are open.
 */
import { closeSync, constants, fchownSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { probeProgram } from '../system/child-process.ts';

export interface OutputPipe {
  /** Does not block. */
  readEnd: number;
  writeEnd: number;
}

const AT_ONCE = 8;
const spare: OutputPipe[] = [];
let making: Promise<void> | undefined;

/**
 * Returns a new pipe, of which the caller closes both ends. `within`: a folder that is removed even if this process is killed while the
 * pipes have names. `owner`: who may open it again.
 */
export async function newOutputPipe(within: string, owner?: { uid: number; gid: number }): Promise<OutputPipe> {
  while (spare.length === 0) await (making ??= makeSpare(within).finally(() => (making = undefined)));
  const pipe = spare.pop()!;
  if (owner !== undefined) fchownSync(pipe.writeEnd, owner.uid, owner.gid);
  return pipe;
}

async function makeSpare(within: string): Promise<void> {
  const folder = mkdtempSync(`${within}/pipes-`);
  try {
    const paths = Array.from({ length: AT_ONCE }, (_, i) => `${folder}/${i}`);
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
