/** Machines to hosts that are reached by ssh. */
import type { DeployPlan, DeployResult } from '../../api/types.ts';
import { BootflakeError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { monotonicMilliseconds } from '../../system/clock.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { FleetTable } from '../fleet-table.ts';
import { addFlakeOptions, collect, readFlakeOptions } from '../options.ts';
import { errorOutput } from '../output.ts';
import type { Terminal } from '../terminal.ts';

export const deployCommand: CommandSpec = {
  name: 'deploy',
  summary: 'bring machines to hosts over ssh: make or update them, and wait until they are well',
  args: '[installables-or-images...]',
  examples: [
    ['bootflake deploy .#web --host ssh://me@server', 'nixosConfigurations.web on that host'],
    ['bootflake deploy --on "web*" --canary 1', 'those with a host of their own, first one, then the others'],
    ['bootflake deploy --all --dry-run', 'what would be sent, and what would restart'],
    ['bootflake deploy ./result --host ssh://me@server --name web', 'an image that is built'],
  ],
  description:
    'A host needs sshd and qemu, and no program of bootflake. A machine that is there gets the new system, its data disk stays; one that ' +
    'is not well in time is taken back by its host. bootflake.deploy in a configuration has host, name, timeout, check and url. ' +
    'docs/remote.md has all of it.',
  interrupted: 'interrupted; hosts that have begun to change a machine finish that by themselves',
  configure(command) {
    addFlakeOptions(command)
      .option('--host <address>', 'ssh://user@host:port (default: bootflake.deploy.host)')
      .option('--name <name>', "the machine's name (default: the configuration's)")
      .option('--all', 'all configurations that have a host')
      .option('--on <pattern>', 'those of them whose names match: * and ? (repeatable)', collect)
      .option('--canary <n>', 'the first n have to be well before the others begin', Number)
      .option('--batch <n>', 'so many machines at a time (default: 10)', Number)
      .option('--dry-run', 'change nothing on the hosts; say what would be done')
      .option('--check <command>', 'what has to succeed in the guest, as root')
      .option('--url <url>', 'what has to reply to the host of the machine')
      .option('--timeout <seconds>', 'for a guest to shut down, and until it is well (default: 300)', Number)
      .option('--discard-changes', 'also where no state is declared, and everything that was written is left behind')
      .option('--secret <name=file>', "the guest's /run/credentials/@system/NAME (repeatable)", collect)
      .option('--no-autostart', 'a machine that is made does not start with its host')
      .option('--json', 'print the results as JSON')
      .option('-L, --print-build-logs', "print the builders' logs");
  },
  async run(terminal, options, targets) {
    const { deploy } = await import('../../api/deploy.ts');
    const timeout = positive(options, 'timeout');
    const all = Boolean(options.all);
    const on = (options.on ?? []) as string[];
    const size = () => (terminal.isTerminal && process.env.TERM !== 'dumb' ? errorOutput.size() : undefined);
    const table = new FleetTable(errorOutput, size, monotonicMilliseconds);
    const context = pipelineContext(terminal, readFlakeOptions(options));
    const results = await deploy(
      {
        ...context,
        onDeploy: (event) => {
          terminal.log.clear();
          if (!options.quiet) table.take(event);
        },
      },
      {
        targets: targets.length > 0 || all || on.length > 0 ? targets : ['.'],
        host: options.host as string | undefined,
        name: options.name as string | undefined,
        all,
        on,
        canary: positive(options, 'canary'),
        batch: positive(options, 'batch'),
        dryRun: Boolean(options.dryRun),
        check: options.check as string | undefined,
        url: options.url as string | undefined,
        timeout: timeout === undefined ? undefined : timeout * 1000,
        discardChanges: Boolean(options.discardChanges),
        autostart: options.autostart === false ? false : undefined,
        secrets: (options.secret ?? []) as string[],
      },
    ).finally(() => table.end());
    if (options.json) terminal.print(JSON.stringify(results.map(asJson), undefined, 2));
    else for (const result of results) showResult(terminal, result);
    const count = (...statuses: DeployResult['status'][]) => results.filter(({ status }) => statuses.includes(status)).length;
    const [failed, skipped] = [count('failed'), count('skipped')];
    if (results.length > 1)
      terminal.note(`${results.length - failed - skipped} ${options.dryRun ? 'planned' : 'well'}, ${failed} failed, ${skipped} not begun`);
    return failed + skipped > 0 ? 1 : 0;
  },
};

/** Throws `cli/bad-option`. */
function positive(options: Record<string, unknown>, name: 'timeout' | 'canary' | 'batch'): number | undefined {
  const value = options[name];
  if (value === undefined || (Number.isInteger(value) && Number(value) > 0)) return value as number | undefined;
  throw new BootflakeError({
    code: 'cli/bad-option',
    message: `--${name} is a whole number of at least 1`,
    hint: `For example: --${name} ${name === 'timeout' ? 60 : 1}`,
  });
}

function showResult(terminal: Terminal, { machine, host, status, sent, forwards, plan, error }: DeployResult): void {
  if (error) return terminal.error(error);
  if (plan) return terminal.show(`${machine} on ${host}: ${planText(plan)}`);
  if (status === 'skipped') return terminal.show(`${machine} on ${host}: not begun`);
  terminal.show(`${machine} on ${host}: ${status}, and well${sent > 0 ? ` (${formatBytes(sent)} sent)` : ''}`);
  const name = /^ssh:\/\/(?:[^@]*@)?(.*?)(?::\d+)?$/.exec(host)?.[1] ?? host;
  for (const { protocol, address, host: port, guest } of forwards)
    terminal.show(
      address === '127.0.0.1'
        ? `  port ${guest}/${protocol}: 127.0.0.1:${port} of ${name} itself`
        : `  port ${guest}/${protocol}: ${address === '0.0.0.0' ? name : address}:${port}`,
    );
  terminal.show(`  a shell in it: bootflake vm exec ${machine} --host ${host}`);
}

function planText({ action, bytes, whole, changes }: DeployPlan): string {
  const what = {
    create: 'is made, and started',
    restart: 'restarts with the new system',
    start: 'is started',
    none: 'stays as it is',
  }[action];
  const sends = bytes > 0 ? `${formatBytes(bytes)} to send, ${whole ? 'the whole image' : 'what differs'}` : 'nothing to send';
  return `${what}; ${sends}${changes.length > 0 ? `; changes: ${changes.join(', ')}` : ''}`;
}

function asJson({ error, ...result }: DeployResult) {
  if (!error) return result;
  const { code, message, hint } = error as BootflakeError;
  return { ...result, error: { code, message, ...(hint !== undefined && { hint }) } };
}
