import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateDirectory } from '../system/state-directory.ts';

const mostLines = 1000;

/** The lines of earlier runs, newest first. */
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

/** Appends at once, so that concurrent and killed repls lose nothing. */
export function appendHistory(line: string): void {
  if (line.trim() === '') return;
  try {
    appendFileSync(join(stateDirectory(), 'repl-history'), `${line}\n`, { mode: 0o600 });
  } catch {
    /* An unwritable folder must not prevent evaluation. */
  }
}
