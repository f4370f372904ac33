/** What is done in and with a machine that runs. */
import { BootflakeError } from '../../base/errors.ts';
import type { CommandSpec } from '../command.ts';
import { guestTerminal } from '../guest-terminal.ts';
import { standardOutput } from '../output.ts';
import type { Terminal } from '../terminal.ts';

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
    const { consoleLog } = await import('../../api/machine-guest.ts');
    await terminal.stream([await consoleLog(terminal, name)]);
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
    const { execInMachine } = await import('../../api/machine-guest.ts');
    const isTerminal = guestTerminal.isTerminal && standardOutput.isTerminal && options.tty !== false;
    const size = isTerminal ? (guestTerminal.size() ?? { rows: 24, columns: 80 }) : undefined;
    const base = { name, words: rest, timeout: readTimeout(options) };
    const context = { signal: terminal.signal, host: terminal.host };
    if (!size) {
      return execInMachine(context, {
        ...base,
        onOutput: (bytes) => {
          terminal.data(bytes);
          return standardOutput.written();
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
    await copyMachineFiles(
      { signal: terminal.signal, host: terminal.host, cwd: process.cwd() },
      { from, to, timeout: readTimeout(options) },
    );
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
  async run(terminal, options, [name = '', ...ports]) {
    const { forwardPorts } = await import('../../api/machine-guest.ts');
    await forwardPorts(terminal, name, options.remove ? { add: [], remove: ports } : { add: ports, remove: [] });
  },
};

export function addBootTimeout(command: Parameters<CommandSpec['configure']>[0]) {
  return command.option('--timeout <seconds>', 'how long to wait for a machine that is booting', Number, 300);
}

/** Milliseconds. Throws `vm/bad-timeout`. */
export function readTimeout({ timeout }: Record<string, unknown>): number {
  const seconds = Number(timeout);
  if (seconds >= 0) return seconds * 1000;
  throw new BootflakeError({ code: 'vm/bad-timeout', message: '--timeout is a number of seconds', hint: 'For example: --timeout 60' });
}

export async function showConsole(terminal: Terminal, name: string): Promise<void> {
  const { showMachineConsole } = await import('../../api/machine-guest.ts');
  terminal.note(`the console of '${name}'; ctrl-a d leaves it`);
  const end = await showMachineConsole({ signal: terminal.signal, host: terminal.host }, name, guestTerminal);
  terminal.note(end === 'left' ? `\nleft '${name}', which goes on` : `'${name}' has ended`);
}

export const vmGuestCommands = [consoleCommand, exec, copy, forward, log];
