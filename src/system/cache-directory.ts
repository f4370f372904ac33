import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The folder for files that can be fetched again: `$XDG_CACHE_HOME/bootflake`. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME;
  return join(base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.cache'), 'bootflake');
}
