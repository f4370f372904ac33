import { visibleLine } from '../base/control-characters.ts';
import { errorOutput } from './output.ts';

/** Asks on the terminal; `y` is a yes, any other line a no. Returns undefined where no user can answer, or at the end of the input. */
export async function askUser(question: string, signal: AbortSignal): Promise<boolean | undefined> {
  if (!errorOutput.isTerminal || !process.stdin.isTTY) return undefined;
  errorOutput.text(`${visibleLine(question)} `);
  const line = await readLine(signal);
  signal.throwIfAborted();
  return line === undefined ? undefined : line.trim().toLowerCase() === 'y';
}

const LINE_FEED = 10;

/** What follows the line stays in standard input. Returns undefined at its end, and when the signal is aborted. */
async function readLine(signal: AbortSignal): Promise<string | undefined> {
  const { stdin } = process;
  const pieces: Buffer[] = [];
  let onData: (bytes: Buffer) => void = () => {};
  let onEnd = (): void => {};
  const line = await new Promise<string | undefined>((done) => {
    onEnd = () => done(undefined);
    onData = (bytes) => {
      const end = bytes.indexOf(LINE_FEED);
      pieces.push(end < 0 ? bytes : bytes.subarray(0, end));
      if (end < 0) return;
      stdin.pause();
      if (end + 1 < bytes.length) stdin.unshift(bytes.subarray(end + 1));
      done(Buffer.concat(pieces).toString('utf8'));
    };
    stdin.on('data', onData);
    stdin.once('end', onEnd);
    signal.addEventListener('abort', onEnd, { once: true });
    stdin.resume();
  });
  stdin.pause();
  stdin.off('data', onData);
  stdin.off('end', onEnd);
  signal.removeEventListener('abort', onEnd);
  return line;
}
