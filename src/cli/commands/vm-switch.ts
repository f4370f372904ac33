/** Another system for a machine that runs. */
import { BootflakeError } from '../../base/errors.ts';
import type { SwitchAction, SwitchResult } from '../../api/switch-machine.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';
import { hostOption } from './on-host.ts';
import { addBootTimeout, readTimeout } from './vm-guest.ts';

const switchCommand: CommandSpec = {
  name: 'vm switch',
  summary: 'make a running machine one of another system, without restarting it',
  args: '<name> [installable]',
  examples: [
    ['bootflake vm switch web', 'build again what it was made from, and switch to that'],
    ['bootflake vm switch web --action dry-activate', 'say which units would restart'],
    ['bootflake vm switch web --rollback', 'switch to the system before'],
  ],
  description:
    'The system is built, the store paths that the machine lacks are sent, and its switch-to-configuration restarts what has changed. ' +
    'switch makes it the default of the boot menu, too; boot only does that; test does not; dry-activate changes nothing. The exit ' +
    'status is that of switch-to-configuration. vm update replaces all of this by a new image.',
  interrupted: 'interrupted; what the machine has begun to switch, it finishes',
  configure(command) {
    addBootTimeout(
      addFlakeOptions(command)
        .option('--action <action>', 'switch, boot, test or dry-activate', 'switch')
        .option('--rollback', 'the system before the present one, which the machine has'),
    ).option('-L, --print-build-logs', "print the builders' logs");
  },
  async run(terminal, options, [name = '', target]) {
    const { parseSwitchAction, switchMachine } = await import('../../api/switch-machine.ts');
    const action = parseSwitchAction(String(options.action));
    const rollback = Boolean(options.rollback);
    if (rollback && target !== undefined)
      throw new BootflakeError({
        code: 'cli/exclusive-options',
        message: `--rollback brings back a system that the machine has, and '${target}' is another one`,
        hint: 'Leave one of them out.',
      });
    const context = pipelineContext(terminal, readFlakeOptions(options));
    const onOutput = (bytes: Uint8Array): void => terminal.errorData(bytes);
    const result = await switchMachine(context, { name, target, action, rollback, timeout: readTimeout(options), onOutput });
    const said = resultText({ name, action, more: hostOption(terminal) }, result);
    (result.status === 0 ? terminal.note : terminal.warn)(said);
    return result.status;
  },
};

/** What switch-to-configuration has done: docs/switch.md. */
function resultText(
  { name, action, more }: { name: string; action: SwitchAction; more: string },
  { status, system, generation }: SwitchResult,
): string {
  const isKept = action === 'switch' || action === 'boot';
  const numbered = generation !== undefined && isKept ? `${system} (generation ${generation})` : system;
  const done: Record<SwitchAction, string> = {
    switch: `'${name}' runs ${numbered}, and starts it from now on`,
    boot: `'${name}' starts ${numbered} the next time`,
    test: `'${name}' runs ${numbered} until it restarts`,
    'dry-activate': `'${name}' is what it was`,
  };
  const why: Record<number, string> = {
    0: done[action],
    1: `'${name}' is what it was: the switch was refused`,
    2: `'${name}' has switched, but an activation script has failed`,
    3: `'${name}' has switched, but systemd could not be reloaded, or systemd-tmpfiles has failed`,
    4: `'${name}' has switched, but a unit has failed`,
    100: `'${name}' has to restart for this system: bootflake vm restart ${name}${more}`,
  };
  return why[status] ?? `'${name}' may be between two systems: its switch-to-configuration ended with status ${status}`;
}

export const vmSwitchCommands = [switchCommand];
