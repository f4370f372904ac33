import { homedir } from 'node:os';
import { mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Where what cannot be fetched again, but may be lost, is kept: `$XDG_STATE_HOME/bootflake`; made if missing. */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_STATE_HOME;
  const folder = join(base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.local', 'state'), 'bootflake');
  mkdirSync(folder, { recursive: true });
  return folder;
}
