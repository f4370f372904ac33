/** Another system for a machine, whose data stay. */
import type { ReplaceResult } from '../../api/update-machine.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { addFlakeOptions, readFlakeOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { hostOption } from './on-host.ts';
import { readTimeout } from './vm-guest.ts';

const update: CommandSpec = {
  name: 'vm update',
  summary: 'replace the system of a machine; what is on its data disk stays',
  args: '<name> [installable-or-image]',
  examples: [
    ['bootflake vm update web', 'build again what it was made from, and change to that'],
    ['bootflake vm update web ./result', 'change to another image'],
    ['bootflake vm rollback web', 'bring the system before back'],
  ],
  description:
    'The image is built first. Then the machine is stopped, its data are kept as they are (see vm rollback --state), its system disk is ' +
    'replaced, and it is started again if it ran. What lasts is what its configuration declares with bootflake.state; everything ' +
    'else that was written in it is left behind.',
  configure(command) {
    addReplaceOptions(addFlakeOptions(command))
      .option('--discard-changes', 'also where no state is declared, and everything that was written is left behind')
      .option('-L, --print-build-logs', "print the builders' logs");
  },
  async run(terminal, options, [name = '', target]) {
    const { updateMachine } = await import('../../api/update-machine.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options));
    const request = { name, target, discardChanges: Boolean(options.discardChanges), ...readReplaceOptions(options) };
    const result = await updateMachine(context, request);
    if (!result) return terminal.note(`'${name}' has that image already`);
    report(terminal, name, result);
    terminal.note(`the system before is brought back by: bootflake vm rollback ${name}${hostOption(terminal)}`);
  },
};

const rollback: CommandSpec = {
  name: 'vm rollback',
  summary: 'bring back the system that a machine had before its last update',
  args: '<name>',
  examples: [
    ['bootflake vm rollback web', 'the system; what is on the data disk stays as it is now'],
    ['bootflake vm rollback web --state', 'the data, too, as they were before the update'],
  ],
  description: 'Done again, it brings back the newer system, and with --state the newer data.',
  configure(command) {
    addReplaceOptions(command)
      .option('--state', 'bring back the data, too')
      .option('--offline', 'use only what is already on this machine');
  },
  async run(terminal, options, [name = '']) {
    const { rollBackMachine } = await import('../../api/update-machine.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options));
    report(terminal, name, await rollBackMachine(context, { name, state: Boolean(options.state), ...readReplaceOptions(options) }));
  },
};

function report(terminal: Terminal, name: string, { image, health }: ReplaceResult): void {
  const how = { stopped: 'it is stopped', started: 'it was started', well: 'it runs' }[health];
  terminal.note(`'${name}' has the image ${image}; ${how}`);
}

function addReplaceOptions(command: Parameters<CommandSpec['configure']>[0]) {
  return command
    .option('-f, --force', 'stop it at once, like pulling the plug')
    .option('--timeout <seconds>', 'how long the guest may take to shut down, and how long until the new system is well', Number, 300);
}

function readReplaceOptions(options: Record<string, unknown>) {
  const timeout = readTimeout(options);
  return { stop: { force: Boolean(options.force), timeout }, patience: timeout };
}

export const vmUpdateCommands = [update, rollback];
