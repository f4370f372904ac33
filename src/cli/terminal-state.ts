import { spawnSync } from 'node:child_process';

/**
 * Has the terminal on standard input give every key as it is typed, and show nothing by itself. The answer sets it as it was, which the end of
 * the process does too. Without a terminal nothing is done.
 */
export function rawTerminal(): () => void {
  if (!process.stdin.isTTY) return () => {};
  const saved = stty(['-g']);
  // Node's raw mode still makes two characters of a line feed that is written, which spoils what full-screen programs draw.
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
