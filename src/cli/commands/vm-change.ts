/** What a machine consists of. */
import { BootflakeError } from '../../base/errors.ts';
import type { WhichDisk } from '../../api/change-machine.ts';
import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { collect, readFlakeOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';

const set: CommandSpec = {
  name: 'vm set',
  summary: 'change the memory, processors, ports and networks of a machine',
  args: '<name>',
  examples: [
    ['bootflake vm set web -m 4G --smp 4', 'from its next start on'],
    ['bootflake vm set web --autostart', 'start it with the host'],
    ['bootflake vm set web --forward 8443:443 --remove-forward 8080:80', 'its ports'],
    ['bootflake vm set web --network lan', 'a network card on the private network lan'],
    ['bootflake vm set web --bridge br0 --remove-tap tap0 --no-mac', 'its cards on networks of this host'],
  ],
  configure(command) {
    command
      .option('-m, --memory <size>', 'memory, as qemu writes it')
      .option('--smp <n>', 'processors', Number)
      .option('--forward <host:guest>', 'forward a TCP port (repeatable)', collect)
      .option('--remove-forward <host:guest>', 'no longer forward it (repeatable)', collect)
      .option('--network <name>', 'put it on a private network of your machines (repeatable)', collect)
      .option('--remove-network <name>', 'no longer (repeatable)', collect)
      .option('--mac <address>', 'the MAC address of its first network card')
      .option('--no-mac', 'the one that it has by default')
      .option('--bridge <name>', 'a card on a bridge of this host (repeatable)', collect)
      .option('--remove-bridge <name>', 'no longer (repeatable)', collect)
      .option('--tap <name>', 'a card at a tap of this host (repeatable)', collect)
      .option('--remove-tap <name>', 'no longer (repeatable)', collect)
      .option('--user-network', "qemu's own network")
      .option('--no-user-network', 'no longer')
      .option('--autostart', 'start it with the host: by your systemd (systemctl --user), else by cron')
      .option('--no-autostart', 'no longer')
      .option('--offline', 'use only what is already on this machine');
  },
  async run(terminal, options, [name = '']) {
    const [{ changeMachine }, { readHostCards }] = await Promise.all([
      import('../../api/change-machine.ts'),
      import('../../api/machine-devices.ts'),
    ]);
    const context = pipelineContext(terminal, readFlakeOptions(options));
    const runs = await changeMachine(context, name, {
      memory: options.memory as string | undefined,
      smp: options.smp as number | undefined,
      addForwards: (options.forward ?? []) as string[],
      removeForwards: (options.removeForward ?? []) as string[],
      mac: options.mac as string | false | undefined,
      userNetwork: options.userNetwork as boolean | undefined,
      addCards: readHostCards(options.bridge as string[] | undefined, options.tap as string[] | undefined),
      removeCards: readHostCards(options.removeBridge as string[] | undefined, options.removeTap as string[] | undefined),
      addNetworks: (options.network ?? []) as string[],
      removeNetworks: (options.removeNetwork ?? []) as string[],
    });
    if (options.autostart !== undefined) await startWithHost(terminal, name, options);
    const atStart = Object.keys(options).filter((key) => key !== 'autostart' && key !== 'offline');
    if (runs && atStart.some((key) => options[key] !== undefined))
      terminal.note(`'${name}' runs: this is so from its next start on (bootflake vm restart ${name})`);
  },
};

const resize: CommandSpec = {
  name: 'vm resize',
  summary: "make a machine's disk larger",
  args: '<name> <size>',
  examples: [
    ['bootflake vm resize web 40G', 'the system disk; the guest uses it from its next boot on'],
    ['bootflake vm resize web 200G --state', 'the data disk; at once, if it runs'],
    ['bootflake vm resize web 1T --disk archive', 'a further disk'],
  ],
  configure(command) {
    command.option('--state', 'the data disk').option('--disk <name>', 'a further disk');
  },
  async run(terminal, options, [name = '', size = '']) {
    const { resizeMachineDisk } = await import('../../api/change-machine.ts');
    if (options.state && options.disk !== undefined)
      throw new BootflakeError({
        code: 'cli/bad-option',
        message: '--state and --disk are two different disks',
        hint: 'Name one of them.',
      });
    const which: WhichDisk = options.state
      ? { kind: 'state' }
      : options.disk === undefined
        ? { kind: 'system' }
        : { kind: 'further', name: String(options.disk) };
    const grown = await resizeMachineDisk(terminal, name, size, which);
    if (!grown && which.kind !== 'further') terminal.note(`the file system in '${name}' grows at its next boot`);
    if (which.kind === 'further') terminal.note('what is on the disk grows when its owner says so, as with resize2fs');
  },
};

const disk: CommandSpec = {
  name: 'vm disk',
  summary: 'further disks of a machine',
  args: '<name> [disk] [size]',
  examples: [
    ['bootflake vm disk web archive 500G', 'an empty one; the guest finds it as /dev/disk/by-id/virtio-archive'],
    ['bootflake vm disk web', 'list them'],
    ['bootflake vm disk web archive --remove', 'remove one with what is on it'],
  ],
  description: 'The machine has to be stopped. A file system for it is declared in the configuration, with autoFormat = true.',
  configure(command) {
    command.option('--remove', 'remove the disk with what is on it').option('--json', 'print the list as JSON');
  },
  async run(terminal, options, [name = '', wanted, size]) {
    const { addFurtherDisk, furtherDisks, removeFurtherDisk } = await import('../../api/change-machine.ts');
    const context = pipelineContext(terminal, readFlakeOptions(options));
    if (options.remove && wanted !== undefined && size === undefined) return removeFurtherDisk(context, name, wanted);
    if (!options.remove && wanted !== undefined && size !== undefined) return addFurtherDisk(context, name, wanted, size);
    if (options.remove || wanted !== undefined)
      throw new BootflakeError({
        code: 'cli/missing-value',
        message: options.remove ? '--remove requires the name of a disk, and nothing else' : 'a new disk requires a size',
        hint: `For example: bootflake vm disk ${name || 'web'} ${wanted ?? 'data'} ${options.remove ? '--remove' : '20G'}`,
      });
    const disks = await furtherDisks(terminal, name);
    if (options.json) return terminal.print(JSON.stringify(disks, undefined, 2));
    if (disks.length === 0) return terminal.note(`'${name}' has no further disks`);
    const width = Math.max(...disks.map((each) => each.name.length));
    for (const each of disks)
      terminal.show(`${each.name.padEnd(width)}  ${formatBytes(each.size)}, of which ${formatBytes(each.occupied)} are in use`);
  },
};

/** With `--autostart` or `--no-autostart`. */
export async function startWithHost(terminal: Terminal, name: string, options: Record<string, unknown>): Promise<void> {
  const { setAutostart } = await import('../../api/change-machine.ts');
  const autostart = options.autostart === true;
  const stopCommand = [process.execPath, process.argv[1]!, 'vm', 'stop', name];
  const result = await setAutostart(pipelineContext(terminal, readFlakeOptions(options)), name, { autostart, stopCommand });
  if (!result) return terminal.note(`'${name}' no longer starts with the host`);
  terminal.note(`'${name}' starts with the host, by ${result.by === 'systemd' ? 'your systemd' : 'your crontab'}`);
  if (result.needsLinger !== undefined)
    terminal.warn(`your systemd itself starts when you log in; to have it started with the host: ${result.needsLinger}`);
}

export const vmChangeCommands = [set, resize, disk];
