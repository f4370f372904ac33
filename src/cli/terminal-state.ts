import { spawnSync } from 'node:child_process';

/**
 * Makes the terminal on standard input pass every key as it is typed, without echo. Returns a function that restores its state, which the
 * end of the process does too. Does nothing without a terminal.
 */
export function rawTerminal(): () => void {
  if (!process.stdin.isTTY) return () => {};
  const saved = stty(['-g']);
  // Node's raw mode still translates line feeds on output, which breaks full-screen programs.
  if (saved === undefined || stty(['raw', '-echo']) === undefined) {
    process.stdin.setRawMode(true);
    return () => void process.stdin.setRawMode(false);
  }
  const restore = (): void => void stty([saved]);
  process.once('exit', restore);
  return () => {
    process.off('exit', restore);
    restore();
  };
}

function stty(args: string[]): string | undefined {
  const result = spawnSync('stty', args, { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
