import { BootflakeError } from '../base/errors.ts';

/** The folder of a user's store: BOOTFLAKE_ROOT, else `$XDG_DATA_HOME/bootflake`, else `~/.local/share/bootflake`. */
export function defaultStoreRoot(environment: Record<string, string | undefined>): string {
  if (environment.BOOTFLAKE_ROOT) return absolute('BOOTFLAKE_ROOT', environment.BOOTFLAKE_ROOT);
  // The XDG base directory specification: a relative path is invalid and ignored.
  if (environment.XDG_DATA_HOME?.startsWith('/')) return `${trimmed(environment.XDG_DATA_HOME)}/bootflake`;
  if (environment.HOME) return `${trimmed(absolute('HOME', environment.HOME))}/.local/share/bootflake`;
  throw new BootflakeError({
    code: 'store/no-home',
    message: 'neither HOME nor BOOTFLAKE_ROOT is set, so there is no place for the store',
    hint: 'Set BOOTFLAKE_ROOT to a folder that you can write to.',
  });
}

function absolute(name: string, value: string): string {
  if (value.startsWith('/')) return trimmed(value);
  throw new BootflakeError({ code: 'store/relative-root', message: `${name} is '${value}', which is not an absolute path` });
}

function trimmed(path: string): string {
  return path.replace(/\/+$/, '') || '/';
}
