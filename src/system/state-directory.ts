import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { makeDirectories } from './file-operations.ts';

/** The folder for files that cannot be fetched again but may be lost: `$XDG_STATE_HOME/bootflake`. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_STATE_HOME;
  return join(base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.local', 'state'), 'bootflake');
}

/** The same folder, made if it is missing, accessible to this user only. */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const folder = stateFolder(env);
  makeDirectories(folder, 0o700);
  return folder;
}
