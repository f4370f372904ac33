import { spawnSync } from 'node:child_process';

/** Notes how the terminal on standard input is set; the answer sets it so again, for when a program dies without having tidied up. */
export function saveTerminal(): () => void {
  if (!process.stdin.isTTY) return () => {};
  const saved = stty(['-g']);
  return () => {
    if (saved) stty([saved]);
  };
}

function stty(args: string[]): string | undefined {
  const result = spawnSync('stty', args, { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : undefined;
}
