import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateDirectory } from '../system/state-directory.ts';

const mostLines = 1000;

/** The lines typed in earlier runs, newest first. */
export function readHistory(): string[] {
  try {
    const lines = readFileSync(join(stateDirectory(), 'repl-history'), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return [...new Set(lines.slice(-mostLines).reverse())];
  } catch {
    return [];
  }
}

/** Appended at once, so that two at the same time, and one that is killed, lose nothing. */
export function appendHistory(line: string): void {
  if (line.trim() === '') return;
  try {
    appendFileSync(join(stateDirectory(), 'repl-history'), `${line}\n`, { mode: 0o600 });
  } catch {
    /* A folder that cannot be written must not keep anyone from evaluating. */
  }
}
