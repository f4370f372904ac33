/**
 * The start of machines with the host: a unit of the user's systemd, else a line of the user's crontab. Both run the machine's own script,
 * which needs sh and qemu alone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { shellQuote } from '../base/shell-quote.ts';
import type { Instance } from './instance.ts';
import { instanceFiles as files } from './launch-script.ts';

export interface AutostartResult {
  by: 'systemd' | 'cron';
  /** The user's services start at the first login only, until root allows more. */
  needsLinger?: string;
}

/** `stopCommand`: shuts a machine down when the host does. Throws `instance/no-autostart`. */
export function enableAutostart(instance: Instance, env: NodeJS.ProcessEnv, stopCommand: readonly string[]): AutostartResult {
  // They would end lines of units and tables.
  if (/[\0-\x1f\x7f]/.test(instance.folder)) throw noAutostart(instance, `its folder's path has control characters`);
  const run = runner(env);
  if (run('systemctl', ['--user', 'show-environment']) !== undefined) {
    enableUnit(instance, env, run, stopCommand);
    return { by: 'systemd', ...linger(run) };
  }
  if (changeTable(instance, run, true)) return { by: 'cron' };
  throw noAutostart(instance, "this host has neither the user's systemd (systemctl --user) nor cron (crontab)");
}

/** Removes what `enableAutostart` made, if it is there. */
export function disableAutostart(instance: Instance, env: NodeJS.ProcessEnv): void {
  const run = runner(env);
  const unit = unitFile(instance, env);
  if (existsSync(unit)) {
    run('systemctl', ['--user', 'disable', unitName(instance)]);
    rmSync(unit, { force: true });
    run('systemctl', ['--user', 'daemon-reload']);
  }
  changeTable(instance, run, false);
}

type Run = (program: string, args: string[], input?: string) => string | undefined;

/** Returns a program's output; undefined when it is not there, or fails. */
function runner(env: NodeJS.ProcessEnv): Run {
  return (program, args, input) => {
    const { status, stdout } = spawnSync(program, args, { env, input: input ?? '', encoding: 'utf8', timeout: 30_000 });
    return status === 0 ? stdout : undefined;
  };
}

const unitName = ({ name }: Instance): string => `bootflake-vm-${name}.service`;

function unitFile(instance: Instance, env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME ?? '/', '.config'), 'systemd/user', unitName(instance));
}

function enableUnit(instance: Instance, env: NodeJS.ProcessEnv, run: Run, stopCommand: readonly string[]): void {
  const file = unitFile(instance, env);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, unitText(instance, stopCommand));
  const enabled =
    run('systemctl', ['--user', 'daemon-reload']) !== undefined && run('systemctl', ['--user', 'enable', unitName(instance)]) !== undefined;
  if (enabled) return;
  rmSync(file, { force: true });
  throw noAutostart(instance, `systemctl --user enable ${unitName(instance)} failed`);
}

function unitText(instance: Instance, stopCommand: readonly string[]): string {
  return `[Unit]
Description=Machine ${instance.name} of bootflake

[Service]
ExecStart=/bin/sh ${unitWord(instance.file(files.script))}
ExecStop=-${stopCommand.map(unitWord).join(' ')}
KillMode=mixed
TimeoutStopSec=150

[Install]
WantedBy=default.target
`;
}

/** One argument of a command in a unit. */
function unitWord(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

function linger(run: Run): Pick<AutostartResult, 'needsLinger'> {
  const { username } = userInfo();
  const lingers = () => run('loginctl', ['show-user', username, '--property=Linger', '--value'])?.trim() === 'yes';
  if (lingers()) return {};
  run('loginctl', ['--no-ask-password', 'enable-linger', username]);
  return lingers() ? {} : { needsLinger: `sudo loginctl enable-linger ${shellQuote([username])}` };
}

/** Adds or removes the machine's line of the crontab. Returns false where there is none. */
function changeTable(instance: Instance, run: Run, wanted: boolean): boolean {
  // A user without a table has an error here, and may have one afterwards.
  const lines = (run('crontab', ['-l']) ?? '').split('\n').filter((line) => line !== '');
  const command = shellQuote(['/bin/sh', instance.file(files.script)]).replaceAll('%', '\\%');
  const own = `@reboot ${command} >/dev/null 2>&1 # bootflake ${instance.name}`;
  const others = lines.filter((line) => line !== own);
  if (!wanted && others.length === lines.length) return true;
  const table = [...others, ...(wanted ? [own] : [])].map((line) => `${line}\n`).join('');
  return run('crontab', ['-'], table) !== undefined;
}

function noAutostart(instance: Instance, why: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-autostart',
    message: `the machine '${instance.name}' cannot be started with the host: ${why}`,
    hint: `Have what starts programs at the boot of this host run: ${shellQuote(['/bin/sh', instance.file(files.script)])}`,
  });
}
