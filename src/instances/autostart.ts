/**
 * The start of machines with the host: a unit of the user's systemd, else a line of the user's crontab. Both run the machine's own script,
 * which needs sh and qemu alone.
 */
import { dirname, join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { shellQuote } from '../base/shell-quote.ts';
import type { MachineHost } from './host/machine-host.ts';
import type { Instance } from './instance.ts';
import { instanceFiles as files } from './launch-script.ts';

export interface AutostartResult {
  by: 'systemd' | 'cron';
  /** The user's services start at the first login only, until root allows more. */
  needsLinger?: string;
}

/**
 * `stopCommand`: shuts a machine down when the host does; without one, SIGTERM to its script does. Throws `instance/no-autostart`.
 */
export async function enableAutostart(instance: Instance, stopCommand: readonly string[] | undefined): Promise<AutostartResult> {
  // They would end lines of units and tables.
  if (/[\0-\x1f\x7f]/.test(instance.folder)) throw noAutostart(instance, `its folder's path has control characters`);
  const run = runner(instance.host);
  if ((await run(['systemctl', '--user', 'show-environment'])) !== undefined) {
    await enableUnit(instance, run, stopCommand);
    return { by: 'systemd', ...(await linger(instance.host, run)) };
  }
  if (await changeTable(instance, run, true)) return { by: 'cron' };
  throw noAutostart(instance, "this host has neither the user's systemd (systemctl --user) nor cron (crontab)");
}

/** Removes what `enableAutostart` made, if it is there. */
export async function disableAutostart(instance: Instance): Promise<void> {
  const { host } = instance;
  const run = runner(host);
  const unit = unitFile(instance);
  if (await host.facts(unit)) {
    await run(['systemctl', '--user', 'disable', unitName(instance)]);
    await host.remove(unit);
    await run(['systemctl', '--user', 'daemon-reload']);
  }
  await changeTable(instance, run, false);
}

type Run = (words: string[], input?: string) => Promise<string | undefined>;

/** Returns a program's output; undefined when it is not there, or fails. */
function runner(host: MachineHost): Run {
  return async (words, input) => {
    const { status, output } = await host.run(words, input);
    return status === 0 ? output : undefined;
  };
}

const unitName = ({ name }: Instance): string => `bootflake-vm-${name}.service`;

function unitFile(instance: Instance): string {
  const { XDG_CONFIG_HOME, HOME = '/' } = instance.host.environment;
  return join(XDG_CONFIG_HOME || join(HOME, '.config'), 'systemd/user', unitName(instance));
}

async function enableUnit(instance: Instance, run: Run, stopCommand: readonly string[] | undefined): Promise<void> {
  const file = unitFile(instance);
  await instance.host.makeFolder(dirname(file));
  await instance.host.write(file, Buffer.from(unitText(instance, stopCommand)));
  const enabled =
    (await run(['systemctl', '--user', 'daemon-reload'])) !== undefined &&
    (await run(['systemctl', '--user', 'enable', unitName(instance)])) !== undefined;
  if (enabled) return;
  await instance.host.remove(file);
  throw noAutostart(instance, `systemctl --user enable ${unitName(instance)} failed`);
}

function unitText(instance: Instance, stopCommand: readonly string[] | undefined): string {
  return `[Unit]
Description=Machine ${instance.name} of bootflake

[Service]
ExecStart=/bin/sh ${unitWord(instance.file(files.script))}
${stopCommand === undefined ? '' : `ExecStop=-${stopCommand.map(unitWord).join(' ')}\n`}KillMode=mixed
TimeoutStopSec=150

[Install]
WantedBy=default.target
`;
}

/** One argument of a command in a unit. */
function unitWord(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

async function linger(host: MachineHost, run: Run): Promise<Pick<AutostartResult, 'needsLinger'>> {
  const username = (await run(['id', '-un']))?.trim() ?? host.environment.USER ?? 'root';
  const lingers = async () => (await run(['loginctl', 'show-user', username, '--property=Linger', '--value']))?.trim() === 'yes';
  if (await lingers()) return {};
  await run(['loginctl', '--no-ask-password', 'enable-linger', username]);
  return (await lingers()) ? {} : { needsLinger: `sudo loginctl enable-linger ${shellQuote([username])}` };
}

/** Adds or removes the machine's line of the crontab. Returns false where there is none. */
async function changeTable(instance: Instance, run: Run, wanted: boolean): Promise<boolean> {
  // A user without a table has an error here, and may have one afterwards.
  const lines = ((await run(['crontab', '-l'])) ?? '').split('\n').filter((line) => line !== '');
  const command = shellQuote(['/bin/sh', instance.file(files.script)]).replaceAll('%', '\\%');
  const own = `@reboot ${command} >/dev/null 2>&1 # bootflake ${instance.name}`;
  const others = lines.filter((line) => line !== own);
  if (!wanted && others.length === lines.length) return true;
  const table = [...others, ...(wanted ? [own] : [])].map((line) => `${line}\n`).join('');
  return (await run(['crontab', '-'], table)) !== undefined;
}

function noAutostart(instance: Instance, why: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-autostart',
    message: `the machine '${instance.name}' cannot be started with the host: ${why}`,
    hint: `Have what starts programs at the boot of this host run: ${shellQuote(['/bin/sh', instance.file(files.script)])}`,
  });
}
