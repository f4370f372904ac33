import { spawnSync } from 'node:child_process';
import type { Interface } from 'node:readline';
import { BootflakeError } from '../base/errors.ts';

/** Editors that support `+LINE`. */
const takesLine = /nano|emacs|vim?$|nvim|kak|micro|joe|jed/;

/** Opens a file in $EDITOR, at a line unless that is 0, and waits for it to exit. The editor uses the terminal meanwhile. */
export async function editFile(place: { file: string; line: number }, lines: Interface): Promise<void> {
  const editor = (process.env.VISUAL || process.env.EDITOR || 'cat').split(/\s+/).filter(Boolean);
  const [program = 'cat', ...options] = editor;
  const raw = process.stdin.isTTY && process.stdin.isRaw;
  lines.pause();
  if (raw) process.stdin.setRawMode(false);
  try {
    const at = place.line > 0 && takesLine.test(program) ? [`+${place.line}`] : [];
    const { error } = spawnSync(program, [...options, ...at, place.file], { stdio: 'inherit' });
    if (error)
      throw new BootflakeError({
        code: 'repl/no-editor',
        message: `the editor '${program}' cannot be started: ${error.message}`,
        hint: 'Set EDITOR to an installed editor.',
      });
  } finally {
    if (raw) process.stdin.setRawMode(true);
    lines.resume();
  }
}
