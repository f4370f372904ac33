import { BootflakeError } from '../base/errors.ts';

/** Where machines keep what outlives them: `$XDG_STATE_HOME/bootflake/vm`, else `~/.local/state/bootflake/vm`. */
export function machineStateFolder(environment: Record<string, string | undefined>): string {
  if (environment.XDG_STATE_HOME?.startsWith('/')) return `${environment.XDG_STATE_HOME}/bootflake/vm`;
  if (environment.HOME?.startsWith('/')) return `${environment.HOME}/.local/state/bootflake/vm`;
  throw new BootflakeError({ code: 'vm/no-home', message: 'neither HOME nor XDG_STATE_HOME is set, so there is no place for a machine to keep its disk', hint: 'Set XDG_STATE_HOME to a folder of yours.' });
}
