/** Machines with names. */
import { BootflakeError } from '../../base/errors.ts';
import type { MachineStatus } from '../../api/instances.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { guestTerminal } from '../guest-terminal.ts';
import { addFlakeOptions, collect, readFlakeOptions } from '../options.ts';
import { standardOutput } from '../output.ts';
import type { Terminal } from '../terminal.ts';

const create: CommandSpec = {
  name: 'vm create',
  summary: 'make a machine with a name, from an image that is built if necessary',
  args: '<name> [installable-or-image]',
  rest: '[-- QEMU-ARGUMENTS]',
  examples: [
    ['bootflake vm create web .#build-qcow2', 'make it'],
    ['bootflake vm create web .#build-qcow2 --start', 'and start it'],
    ['bootflake vm create db result -m 2G --disk-size 20G', 'with its memory and the size of its disk'],
    ['bootflake vm create web .#build-qcow2 --forward 2222:22', "the host's port 2222 is the guest's"],
  ],
  description:
    'A machine with a name keeps its disk, and goes on when the terminal closes. Its files are in a folder of its own, which ' +
    'bootflake vm status NAME shows. The image itself is never changed: the guest writes to an overlay.',
  configure(command) {
    addFlakeOptions(command)
      .option('-m, --memory <size>', 'memory, as qemu writes it (default: 4G, or 2G on a host with less than 16 GB)')
      .option('--smp <n>', "processors (default: 2, or the host's if fewer; 1 where an old qemu emulates them)", Number)
      .option('--disk-size <size>', 'grow the disk that the guest sees, such as 20G')
      .option('--forward <host:guest>', 'forward a TCP port (repeatable)', collect)
      .option('--firmware <kind>', 'bios or uefi', 'bios')
      .option('--accel <kind>', 'auto, kvm, hvf or tcg', 'auto')
      .option('--start', 'start it')
      .option('-L, --print-build-logs', "print the builders' logs");
  },
  async run(terminal, options, [name = '', target = '.'], rest) {
    const { createMachine, readMachineChoices, startMachine } = await import('../../api/instances.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options));
    const choices = readMachineChoices({
      memory: options.memory as string | undefined,
      smp: options.smp as number | undefined,
      diskSize: options.diskSize as string | undefined,
      forwards: (options.forward ?? []) as string[],
      firmware: String(options.firmware),
      accel: String(options.accel),
    });
    await createMachine(context, { name, target, ...choices, qemuArguments: rest });
    if (options.start) await startMachine(context, name);
    else terminal.note(`made '${name}'; start it: bootflake vm start ${name}`);
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
    const { startMachine } = await import('../../api/instances.ts');
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
    const { startMachine } = await import('../../api/instances.ts');
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
  async run(_, __, names) {
    const { resetMachine } = await import('../../api/instances.ts');
    for (const name of names) await resetMachine({}, name);
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
    const machines = machineStatuses({});
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
    const [machine] = machineStatuses({}, [name]);
    if (options.json) return terminal.print(JSON.stringify(machine, undefined, 2));
    const { state, pid, source, image, memory, processors, forwards = [], created, folder, error } = machine!;
    const rows: [string, string | undefined][] = [
      ['state', state === 'running' ? `running (process ${pid})` : stateText(machine!)],
      ['error', error],
      ['made from', source],
      ['image', image],
      ['memory', memory],
      ['processors', processors === undefined ? undefined : String(processors)],
      ['ports', forwards.map(({ address, host, guest, protocol }) => `${address}:${host} -> ${guest}/${protocol}`).join(', ') || undefined],
      ['made', created],
      ['folder', folder],
    ];
    for (const [label, value] of rows) if (value !== undefined) terminal.show(`${label.padEnd(11)} ${value}`);
  },
};

const consoleCommand: CommandSpec = {
  name: 'vm console',
  summary: "show a machine's console, and type at it",
  args: '<name>',
  examples: [['bootflake vm console web', 'ctrl-a d leaves it; several may look at the same time']],
  description: 'What the guest has printed before is shown first. The machine goes on when you leave.',
  interrupted: 'left the console; the machine goes on',
  configure() {},
  async run(terminal, _, [name = '']) {
    await showConsole(terminal, name);
  },
};

const log: CommandSpec = {
  name: 'vm log',
  summary: "print what a machine's console has shown",
  args: '<name>',
  examples: [['bootflake vm log web | tail', 'the last lines']],
  configure() {},
  async run(terminal, _, [name = '']) {
    const { consoleLog } = await import('../../api/instances.ts');
    await terminal.stream([consoleLog({}, name)]);
  },
};

const exec: CommandSpec = {
  name: 'vm exec',
  summary: 'run a command in a machine, as root',
  args: '<name>',
  rest: '[-- COMMAND...]',
  examples: [
    ['bootflake vm exec web', 'a shell'],
    ['bootflake vm exec web -- systemctl status nginx', 'a command'],
    ['tar c . | bootflake vm exec web -- tar x -C /srv', 'with standard input'],
  ],
  description:
    'It needs no network, no sshd and no password: the command goes over a port of the machine that only you can open. The exit status ' +
    "is the command's. A machine that is booting is waited for. Where input and output are a terminal, the command has one, too.",
  interrupted: 'interrupted; the command was ended',
  configure(command) {
    addBootTimeout(command.option('-T, --no-tty', 'give the command no terminal'));
  },
  async run(terminal, options, [name = ''], rest) {
    const { execInMachine } = await import('../../api/instances.ts');
    const isTerminal = guestTerminal.isTerminal && standardOutput.isTerminal && options.tty !== false;
    const size = isTerminal ? (guestTerminal.size() ?? { rows: 24, columns: 80 }) : undefined;
    const base = { name, words: rest, timeout: readTimeout(options) };
    const context = { signal: terminal.signal };
    if (!size) {
      return execInMachine(context, {
        ...base,
        onOutput: (bytes) => {
          terminal.data(bytes);
          return standardOutput.drained();
        },
        onErrorOutput: terminal.errorData,
        onStart: (command) => {
          const feed = async () => {
            for await (const bytes of process.stdin) await command.write(bytes as Uint8Array);
            command.endInput();
          };
          // Unreadable input counts as ended.
          feed().catch(() => command.endInput());
        },
      }).finally(() => process.stdin.destroy());
    }
    let opened: { close(): void } | undefined;
    try {
      return await execInMachine(context, {
        ...base,
        terminal: { size, kind: process.env.TERM ?? 'dumb' },
        onOutput: (bytes) => (guestTerminal.write(bytes) ? undefined : guestTerminal.written()),
        onErrorOutput: () => {},
        onStart: (command) => {
          opened = guestTerminal.open({
            input: (bytes) => void command.write(bytes),
            resize: () => {
              const now = guestTerminal.size();
              if (now) command.resize(now);
            },
          });
        },
      });
    } finally {
      opened?.close();
    }
  },
};

const copy: CommandSpec = {
  name: 'vm cp',
  summary: 'copy files and folders into a machine, or out of it',
  args: '<from> <to>',
  examples: [
    ['bootflake vm cp notes.txt web:/root/', 'into it'],
    ['bootflake vm cp web:/var/log ./logs', 'out of it, with all that is below'],
  ],
  description:
    'As root of the machine, without network and sshd. Into a folder that exists it is copied under its own name, as cp does. Its ' +
    'owner becomes root, or you.',
  configure(command) {
    addBootTimeout(command);
  },
  async run(terminal, options, [from = '', to = '']) {
    const { copyMachineFiles } = await import('../../api/copy-machine-files.ts');
    await copyMachineFiles({ signal: terminal.signal, cwd: process.cwd() }, { from, to, timeout: readTimeout(options) });
  },
};

const forward: CommandSpec = {
  name: 'vm forward',
  summary: 'forward ports of this host to a running machine',
  args: '<name> <ports...>',
  examples: [
    ['bootflake vm forward web 8080:80', "the host's port 8080 is the guest's port 80"],
    ['bootflake vm forward web 0.0.0.0:5353:53/udp', 'UDP, for all who reach this host'],
    ['bootflake vm forward web --remove 8080:80', 'no longer'],
  ],
  description: 'It lasts until the machine ends; vm create --forward is for good.',
  configure(command) {
    command.option('--remove', 'end these forwards');
  },
  async run(_, options, [name = '', ...ports]) {
    const { forwardPorts } = await import('../../api/instances.ts');
    await forwardPorts({}, name, options.remove ? { add: [], remove: ports } : { add: ports, remove: [] });
  },
};

function addBootTimeout(command: Parameters<CommandSpec['configure']>[0]) {
  return command.option('--timeout <seconds>', 'how long to wait for a machine that is booting', Number, 300);
}

/** Milliseconds. Throws `vm/bad-timeout`. */
function readTimeout({ timeout }: Record<string, unknown>): number {
  const seconds = Number(timeout);
  if (seconds >= 0) return seconds * 1000;
  throw new BootflakeError({ code: 'vm/bad-timeout', message: '--timeout is a number of seconds', hint: 'For example: --timeout 60' });
}

function addStopOptions(command: Parameters<CommandSpec['configure']>[0]) {
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

async function showConsole(terminal: Terminal, name: string): Promise<void> {
  const { showMachineConsole } = await import('../../api/instances.ts');
  terminal.note(`the console of '${name}'; ctrl-a d leaves it`);
  const end = await showMachineConsole({ signal: terminal.signal }, name, guestTerminal);
  terminal.note(end === 'left' ? `\nleft '${name}', which goes on` : `'${name}' has ended`);
}

function stateText({ state, status: exitStatus }: MachineStatus): string {
  return state === 'stopped' && exitStatus !== undefined && exitStatus !== 0 ? `failed (qemu ended with status ${exitStatus})` : state;
}

export const vmCommands = [create, start, stop, restart, reset, remove, list, status, consoleCommand, exec, copy, forward, log];
