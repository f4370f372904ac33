/** Machines with names. */
import { BootflakeError } from '../../base/errors.ts';
import type { MachineStatus } from '../../api/instances.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { addCardOptions } from '../network-options.ts';
import { addFlakeOptions, collect, readFlakeOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { hostOption } from './on-host.ts';
import { startWithHost } from './vm-change.ts';
import { readTimeout, showConsole } from './vm-guest.ts';

const create: CommandSpec = {
  name: 'vm create',
  summary: 'make a machine with a name, from an image that is built if necessary',
  args: '<name> [installable-or-image]',
  rest: '[-- QEMU-ARGUMENTS]',
  examples: [
    ['bootflake vm create web .#build-qcow2 --start', 'make it and start it'],
    ['bootflake vm create web .#web --host ssh://me@server', 'on another host'],
    ['bootflake vm create db result -m 2G --disk-size 20G', 'its memory and disk'],
    ['bootflake vm create web .#build-qcow2 --forward 2222:22', "the host's port 2222"],
    ['bootflake vm create web .#build-qcow2 --network lan', 'on a private network'],
  ],
  description:
    'A machine with a name keeps its disk, and goes on when the terminal closes. Its files are in a folder of its own, which ' +
    'bootflake vm status NAME shows. The image itself is never changed: the guest writes to an overlay.',
  configure(command) {
    addFlakeOptions(command)
      .option('-m, --memory <size>', "memory, as 2G (default: the image's, else 4G or 2G)")
      .option('--smp <n>', "processors (default: the image's, else 1 or 2)", Number)
      .option('--disk-size <size>', 'grow the disk that the guest sees, such as 20G')
      .option('--state-size <size>', 'the size of the data disk (default: what bootflake.state.size says)')
      .option('--forward <host:guest>', 'forward a TCP port (repeatable)', collect)
      .option('--share <from:to>', 'share a folder; with :ro read-only (repeatable)', collect)
      .option('--secret <name=file>', "the guest's /run/credentials/@system/NAME (repeatable)", collect)
      .option('--graphics', 'show its screen in a window')
      .option('--no-graphics', 'open no window')
      .option('--vnc <display>', 'its screen by VNC: a number, or a socket')
      .option('--tpm', 'give it a TPM')
      .option('--network <name>', 'a card on a private network (repeatable)', collect);
    addCardOptions(command)
      .option('--firmware <kind>', "bios, uefi or secure-boot (default: the image's)")
      .option('--accel <kind>', 'auto, kvm, hvf or tcg', 'auto')
      .option('--autostart', 'start it with the host: by your systemd (systemctl --user), else by cron')
      .option('--start', 'start it')
      .option('-L, --print-build-logs', "print the builders' logs");
  },
  async run(terminal, options, [name = '', target = '.'], rest) {
    const [{ createMachine, readMachineChoices }, { startMachine }, { readDevices }] = await Promise.all([
      import('../../api/create-machine.ts'),
      import('../../api/start-machine.ts'),
      import('../../api/machine-devices.ts'),
    ]);
    const context = pipelineContext(terminal, readFlakeOptions(options));
    const choices = readMachineChoices({
      memory: options.memory as string | undefined,
      smp: options.smp as number | undefined,
      diskSize: options.diskSize as string | undefined,
      stateSize: options.stateSize as string | undefined,
      forwards: (options.forward ?? []) as string[],
      firmware: options.firmware as string | undefined,
      accel: String(options.accel),
      ...readDevices(options, context.cwd),
      networks: (options.network ?? []) as string[],
      qemuArguments: rest,
    });
    await createMachine(context, { name, target, ...choices });
    if (options.autostart) await startWithHost(terminal, name, options);
    if (options.start) await startMachine(context, name);
    else terminal.note(`made '${name}'; start it: bootflake vm start ${name}${hostOption(terminal)}`);
  },
};

const start: CommandSpec = {
  name: 'vm start',
  summary: 'start machines',
  args: '<names...>',
  examples: [
    ['bootflake vm start web', 'start it; it goes on when the terminal closes'],
    ['bootflake vm start web --console', 'and show its console (ctrl-a d leaves it)'],
  ],
  configure(command) {
    command.option('--console', 'show the console').option('--offline', 'use only what is already on this machine');
  },
  async run(terminal, options, names) {
    const { startMachine } = await import('../../api/start-machine.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options));
    for (const name of names) if (!(await startMachine(context, name))) terminal.note(`'${name}' is running already`);
    if (options.console) return showConsole(terminal, names.at(-1)!);
  },
};

const stop: CommandSpec = {
  name: 'vm stop',
  summary: 'shut machines down',
  args: '<names...>',
  examples: [
    ['bootflake vm stop web', 'the guest shuts itself down; by force if that takes too long'],
    ['bootflake vm stop web --force', 'at once, like pulling the plug'],
  ],
  configure(command) {
    addStopOptions(command);
  },
  async run(terminal, options, names) {
    for (const name of names) await stopOne(terminal, name, options);
  },
};

const restart: CommandSpec = {
  name: 'vm restart',
  summary: 'shut machines down and start them again',
  args: '<names...>',
  examples: [['bootflake vm restart web', 'with a new qemu, as it is configured now']],
  configure(command) {
    addStopOptions(command).option('--offline', 'use only what is already on this machine');
  },
  async run(terminal, options, names) {
    const { startMachine } = await import('../../api/start-machine.ts');
    for (const name of names) {
      await stopOne(terminal, name, options);
      await startMachine(pipelineContext(terminal, readFlakeOptions(options)), name);
    }
  },
};

const reset: CommandSpec = {
  name: 'vm reset',
  summary: 'press the reset button of machines',
  args: '<names...>',
  examples: [['bootflake vm reset web', 'it boots again, without shutting down']],
  configure() {},
  async run(terminal, _, names) {
    const { resetMachine } = await import('../../api/instances.ts');
    for (const name of names) await resetMachine(terminal, name);
  },
};

const remove: CommandSpec = {
  name: 'vm rm',
  summary: 'remove machines with their disks',
  args: '<names...>',
  examples: [
    ['bootflake vm rm web', 'fails while it runs'],
    ['bootflake vm rm web --force', 'even then'],
  ],
  configure(command) {
    command.option('-f, --force', 'end them first, like pulling the plug');
  },
  async run(terminal, options, names) {
    const { removeMachine } = await import('../../api/instances.ts');
    for (const name of names) await removeMachine(terminal, name, Boolean(options.force));
  },
};

const list: CommandSpec = {
  name: 'vm list',
  summary: 'list machines',
  examples: [
    ['bootflake vm list', 'names and states'],
    ['bootflake vm list --json', 'for a program'],
  ],
  configure(command) {
    command.option('--json', 'print as JSON');
  },
  async run(terminal, options) {
    const { machineStatuses } = await import('../../api/instances.ts');
    const machines = await machineStatuses(terminal);
    if (options.json) return terminal.print(JSON.stringify(machines, undefined, 2));
    if (machines.length === 0) return terminal.note('there are no machines; make one: bootflake vm create NAME .#MACHINE');
    const width = Math.max(...machines.map(({ name }) => name.length));
    for (const machine of machines)
      terminal.show(`${machine.name.padEnd(width)}  ${stateText(machine).padEnd(8)}  ${machine.source ?? machine.error ?? ''}`.trimEnd());
  },
};

const status: CommandSpec = {
  name: 'vm status',
  summary: 'show what a machine is and how it is',
  args: '<name>',
  examples: [
    ['bootflake vm status web', 'its state, its folder, its ports'],
    ['bootflake vm status web --json', 'for a program'],
  ],
  configure(command) {
    command.option('--json', 'print as JSON');
  },
  async run(terminal, options, [name = '']) {
    const { machineStatuses } = await import('../../api/instances.ts');
    const [machine] = await machineStatuses(terminal, [name]);
    if (options.json) return terminal.print(JSON.stringify(machine, undefined, 2));
    const {
      state,
      pid,
      source,
      image,
      switched,
      previousImage,
      memory,
      processors,
      forwards = [],
      kept,
      created,
      folder,
      autostart,
      faults = [],
      error,
    } = machine!;
    const rows: [string, string | undefined][] = [
      ['state', state === 'running' ? `running (process ${pid})` : stateText(machine!)],
      ['error', error],
      ...faults.map((fault): [string, string] => ['fault', fault]),
      ['made from', source],
      ['image', image],
      ['switched', switched && `${switched.system}${switched.source === undefined ? '' : ` (of ${switched.source})`}`],
      ['before', previousImage],
      ['lasts', kept ? [...kept.directories, ...kept.files].join(' ') : undefined],
      [
        'is lost',
        source === undefined
          ? undefined
          : `at an update: ${kept ? 'everything else that is written' : 'all that is written (no data disk)'}`,
      ],
      ['memory', memory],
      ['processors', processors === undefined ? undefined : String(processors)],
      ['ports', forwards.map(({ address, host, guest, protocol }) => `${address}:${host} -> ${guest}/${protocol}`).join(', ') || undefined],
      ...networkRows(machine!),
      ['made', created],
      ['autostart', autostart ? 'with the host' : undefined],
      ['folder', folder],
    ];
    for (const [label, value] of rows) if (value !== undefined) terminal.show(`${label.padEnd(11)} ${value}`);
  },
};

const snapshot: CommandSpec = {
  name: 'vm snapshot',
  summary: "keep a machine's disk as it is now, under a name",
  args: '<name> [snapshot]',
  examples: [
    ['bootflake vm snapshot web before-upgrade', 'take one; a running machine goes on'],
    ['bootflake vm snapshot web', 'list them'],
    ['bootflake vm restore web before-upgrade', 'go back to it'],
    ['bootflake vm snapshot web before-upgrade --delete', 'remove it'],
  ],
  description: 'It takes no time and no space until the disk changes. What a running machine has in memory is not part of it.',
  configure(command) {
    command.option('--delete', 'remove the snapshot').option('--json', 'print the list as JSON');
  },
  async run(terminal, options, [name = '', wanted]) {
    const { deleteMachineSnapshot, machineSnapshots, snapshotMachine } = await import('../../api/machine-snapshots.ts');
    if (wanted !== undefined) return (options.delete ? deleteMachineSnapshot : snapshotMachine)(terminal, name, wanted);
    if (options.delete) throw new BootflakeError({ code: 'cli/missing-value', message: '--delete requires the name of a snapshot' });
    const snapshots = await machineSnapshots(terminal, name);
    if (options.json) return terminal.print(JSON.stringify(snapshots, undefined, 2));
    if (snapshots.length === 0) return terminal.note(`'${name}' has no snapshots`);
    const width = Math.max(...snapshots.map((each) => each.name.length));
    for (const { name: title, taken, size } of snapshots) terminal.show(`${title.padEnd(width)}  ${taken}  ${formatBytes(size)}`);
  },
};

const restore: CommandSpec = {
  name: 'vm restore',
  summary: "make a machine's disk what it was when a snapshot was taken",
  args: '<name> <snapshot>',
  examples: [['bootflake vm restore web before-upgrade', 'the machine has to be stopped; what was written since is lost']],
  configure() {},
  async run(terminal, _, [name = '', wanted = '']) {
    const { restoreMachine } = await import('../../api/machine-snapshots.ts');
    await restoreMachine(terminal, name, wanted);
  },
};

export function addStopOptions(command: Parameters<CommandSpec['configure']>[0]) {
  return command
    .option('-f, --force', 'at once, like pulling the plug')
    .option('--timeout <seconds>', 'how long the guest may take before force is used', Number, 120);
}

async function stopOne(terminal: Terminal, name: string, options: Record<string, unknown>): Promise<void> {
  const { stopMachine } = await import('../../api/instances.ts');
  const context = pipelineContext(terminal, readFlakeOptions(options));
  const timeout = readTimeout(options);
  const result = await stopMachine(context, name, { force: Boolean(options.force), timeout });
  if (result === 'was-stopped') terminal.note(`'${name}' is not running`);
  if (result === 'forced' && !options.force)
    terminal.warn(`'${name}' did not shut down within ${timeout / 1000} s, and was ended by force`);
}

function networkRows({ mac, userNetwork, hostCards = [], networks = [] }: MachineStatus): [string, string][] {
  return [
    ...(mac === undefined ? [] : [['first card', mac] as [string, string]]),
    ...(userNetwork === false ? [['way out', "none by qemu's own network"] as [string, string]] : []),
    ...hostCards.map(({ kind, device }): [string, string] => [kind, device]),
    ...networks.map(({ name, address, address6, mac: card }): [string, string] => [
      'network',
      `${name}: ${address}, ${address6} (${card})`,
    ]),
  ];
}

function stateText({ state, status: exitStatus }: MachineStatus): string {
  return state === 'stopped' && exitStatus !== undefined && exitStatus !== 0 ? `failed (qemu ended with status ${exitStatus})` : state;
}

export const vmCommands = [create, start, stop, restart, reset, remove, list, status, snapshot, restore];
