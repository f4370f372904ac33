import type { CommandSpec } from '../command.ts';
import { pipelineContext } from '../context.ts';
import { guestTerminal } from '../guest-terminal.ts';
import { addCardOptions } from '../network-options.ts';
import { passSignals } from '../signals.ts';
import { addFlakeOptions, collect, readFlakeOptions } from '../options.ts';

/** The options that only machines have, with their defaults. */
const ofMachines = {
  memory: undefined,
  smp: undefined,
  disk: undefined,
  diskSize: undefined,
  forward: undefined,
  share: undefined,
  secret: undefined,
  graphics: undefined,
  vnc: undefined,
  tpm: undefined,
  mac: undefined,
  bridge: undefined,
  tap: undefined,
  userNetwork: true,
  firmware: undefined,
  accel: 'auto',
  exec: undefined,
  user: undefined,
  password: '',
  timeout: undefined,
  dryRun: undefined,
};

function machineOptions(options: Record<string, unknown>): string[] {
  return Object.entries(ofMachines)
    .filter(([name, otherwise]) => options[name] !== otherwise)
    .map(([name]) => `--${name === 'userNetwork' ? 'no-' : ''}${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

export const run: CommandSpec = {
  name: 'run',
  interrupted: 'interrupted; the machine was ended as if its power had failed',
  summary: 'boot an image, or run a program, building it first if necessary',
  args: '[installable-or-image]',
  rest: '[-- ARGUMENTS]',
  examples: [
    ['bootflake run .#build-qcow2', 'boot it (ctrl-a x ends)'],
    ['bootflake run .#build-qcow2 --disk state.qcow2', "keep the guest's writes"],
    ['bootflake run result/nixos.qcow2', 'an image file'],
    ['bootflake run .#build-qcow2 --exec id', 'log in, run, power off'],
    ["tar c . | bootflake run .#vm --exec 'tar x'", 'with standard input'],
    ['bootflake run .#build-qcow2 --forward 2222:22', 'a port of the guest'],
    ['bootflake run .#build-qcow2 -- -vnc :1', 'more arguments for qemu'],
    ['bootflake run debian/trixie#hello -- -g hi', 'the program of a package'],
  ],
  description:
    'A program is an app of the flake (apps.SYSTEM.NAME) or the main program of a package (meta.mainProgram, else its pname or name). ' +
    "It runs on this terminal, in a root in which /nix/store is bootflake's store, and /usr is made of Debian's packages if it needs " +
    'them.\n\nThe image itself is never changed: the guest writes to an overlay, which is deleted afterwards unless --disk names a file. ' +
    "The console's output is shown as it is, that of --exec as text and colours only.",
  configure(command) {
    addFlakeOptions(command)
      .option('-m, --memory <size>', "memory, as 2G (default: the image's, else 4G or 2G)")
      .option('--smp <n>', "processors (default: the image's, else 1 or 2)", Number)
      .option('--disk <file>', "keep the guest's writes in this file")
      .option('--disk-size <size>', 'grow the disk that the guest sees, such as 20G')
      .option('--forward <host:guest>', 'forward a TCP port (repeatable)', collect)
      .option('--share <from:to>', 'share a folder; with :ro read-only (repeatable)', collect)
      .option('--secret <name=file>', "the guest's /run/credentials/@system/NAME (repeatable)", collect)
      .option('--graphics', 'show its screen in a window')
      .option('--no-graphics', 'open no window')
      .option('--vnc <display>', 'its screen by VNC: a number, or a socket')
      .option('--tpm', 'give it a TPM');
    addCardOptions(command)
      .option('--firmware <kind>', "bios, uefi or secure-boot (default: the image's)")
      .option('--accel <kind>', 'auto, kvm, hvf or tcg', 'auto')
      .option('--exec <command>', 'log in, run this, power off')
      .option('--user <name>', 'who logs in for --exec (default: a normal user)')
      .option('--password <text>', "that user's password", '')
      .option('--timeout <seconds>', 'give up on --exec after this time', Number)
      .option('--dry-run', 'print the qemu command and end')
      .option('-L, --print-build-logs', "print the builders' logs");
  },
  async run(terminal, options, args, rest) {
    const [{ runMachine }, { readDevices }] = await Promise.all([import('../../api/run.ts'), import('../../api/machine-devices.ts')]);
    const context = pipelineContext(terminal, readFlakeOptions(options));

    return runMachine(context, {
      target: args[0] ?? '.',
      ...readDevices(options, context.cwd),
      memory: options.memory as string | undefined,
      smp: options.smp as number | undefined,
      disk: options.disk as string | undefined,
      diskSize: options.diskSize as string | undefined,
      forwards: (options.forward ?? []) as string[],
      firmware: options.firmware as string | undefined,
      accel: String(options.accel),
      exec: options.exec as string | undefined,
      user: options.user as string | undefined,
      password: String(options.password),
      timeoutSeconds: options.timeout as number | undefined,
      dryRun: Boolean(options.dryRun),
      qemuArguments: rest,
      programs: { passSignals, machineOptions: machineOptions(options) },
      console: guestTerminal,
      input: process.stdin,
      print: terminal.print,
      onOutput: terminal.data,
      onErrorOutput: terminal.errorData,
    });
  },
};
