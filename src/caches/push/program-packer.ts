/** Compresses by a program that reads its standard input: for methods of which there is no kept library. */
import { spawn } from 'node:child_process';
import { cacheError } from '../errors.ts';

/** How much of what the program says of an error is kept. */
const KEPT_ERRORS = 1000;

/** Returns the compressed pieces. Throws `caches/compressor-failed`; the program does not outlive the call, nor the signal. */
export async function* packByProgram(
  command: readonly string[],
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, KEPT_ERRORS);
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) => resolve(status === 0 ? '' : `it ended with ${signal ?? `status ${status}`}: ${said.trim()}`));
  });
  // A program that ends early is reported by its status, not by its pipe.
  child.stdin.on('error', () => {});
  const fed = feed(child.stdin, pieces);
  // Awaited below; its failure ends the process otherwise.
  fed.catch(() => child.kill('SIGKILL'));
  // Also if another process has its pipe.
  const stop = (): void => {
    child.kill('SIGKILL');
    for (const pipe of child.stdio) pipe?.destroy();
  };
  signal.addEventListener('abort', stop);
  try {
    for await (const packed of child.stdout) yield packed as Buffer;
    const [, failure] = await Promise.all([fed, ended]);
    if (failure !== '') throw cacheError('compressor-failed', `'${program}' did not compress an archive: ${failure}`);
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Waits while the program is behind; ends when it is gone. */
async function feed(input: NodeJS.WritableStream & { destroyed?: boolean }, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) {
    if (input.destroyed) return;
    if (!input.write(piece))
      await new Promise<void>((resolve) => {
        const go = (): void => {
          input.off('drain', go).off('close', go);
          resolve();
        };
        input.on('drain', go).on('close', go);
      });
  }
  input.end();
}
