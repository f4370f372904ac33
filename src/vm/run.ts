/** `bootflake run`, once there is an image: finds qemu, an accelerator and firmware, prepares the disk, and boots. */
import { BootflakeError } from '../base/errors.ts';
import { copyFile, fileExists } from '../io/file-operations.ts';
import { hostCores } from '../io/host-cores.ts';
import { availableMemory } from '../io/machine-facts.ts';
import { chooseAccelerator } from './accelerator.ts';
import { describeDisk, prepareDisk } from './disk.ts';
import { runAndPowerOff } from './exec.ts';
import { findQemu, qemuPackages, type Qemu } from './find-qemu.ts';
import { findUefi, noUefi, parseFirmware, type FirmwareFiles } from './firmware.ts';
import { parseForward } from './forward.ts';
import { findImage } from './image.ts';
import { runOnTerminal } from './interactive.ts';
import { machineArguments, type Accelerator, type MachineDescription } from './qemu-arguments.ts';
import { shellQuote } from './shell-quote.ts';
import { parseSize } from './size.ts';

export interface RunOptions {
  /** A disk image, or a folder that holds one. */
  image: string;
  /** As `-m` takes it. */
  memory: string;
  smp?: number | undefined;
  disk?: string | undefined;
  diskSize?: string | undefined;
  forwards: string[];
  firmware: string;
  accel: string;
  exec?: string | undefined;
  user?: string | undefined;
  /** The image's normal users, if they are known; the first one logs in for `exec`. */
  users?: string[] | undefined;
  password: string;
  timeoutSeconds?: number | undefined;
  dryRun: boolean;
  qemuArguments: string[];
  /** PATH. */
  path: string | undefined;
  /** Where machines keep what they need while they run. */
  stateFolder: string;
  /** Makes a merged tree of Debian packages, for qemu; answers the folder that holds its `usr`. */
  realisePackages?: (names: string[]) => Promise<string>;
  signal?: AbortSignal | undefined;
  /** A line on standard output. */
  print: (line: string) => void;
  /** A line for the person at the terminal. */
  note: (line: string) => void;
  onOutput: (bytes: Uint8Array) => void;
  onErrorOutput: (bytes: Uint8Array) => void;
}

/** Answers the exit status: that of `exec`'s command, else 0 once the machine is off. */
export async function runImage(options: RunOptions): Promise<number> {
  const image = findImage(options.image);
  const firmware = parseFirmware(options.firmware);
  const machine = {
    name: 'nixos', memory: memoryFor(options), processors: processorsFor(options.smp), forwards: options.forwards.map(parseForward), extra: options.qemuArguments,
  };
  const size = options.diskSize === undefined ? undefined : parseSize(options.diskSize, 'M');
  if (options.dryRun) {
    options.print(await printedCommand(options, machine, describeDisk(image, options.disk)));
    return 0;
  }
  const qemu = await findQemu({ path: options.path, ...(options.realisePackages && { realisePackages: options.realisePackages }) });
  const chosen = await chooseAccelerator(options.accel, qemu, options.stateFolder);
  const prepared = prepareDisk(image, { stateFolder: options.stateFolder, keep: options.disk, size });
  try {
    const files = await firmwareFiles(firmware, qemu, options, prepared.folder);
    options.note(`booting ${image.path} (${chosen.accelerator}${chosen.accelerator === 'tcg' && options.accel === 'auto' ? `: ${chosen.finding}` : ''})${options.exec === undefined ? '; ctrl-a x ends the machine' : ''}`);
    const description = { ...machine, accelerator: chosen.accelerator, disk: prepared.disk, firmware: files };
    const end = await boot(qemu, description, options);
    if (end !== 'accelerator-failed') return end;
    if (options.accel !== 'auto') throw acceleratorFailed(chosen.accelerator);
    options.note(`${chosen.accelerator} let the machine down; starting again without it`);
    const again = prepareDisk(image, { stateFolder: options.stateFolder, keep: options.disk, size });
    try {
      const status = await boot(qemu, { ...description, accelerator: 'tcg', disk: again.disk }, options);
      return status === 'accelerator-failed' ? 1 : status;
    } finally {
      again.discard();
    }
  } finally {
    prepared.discard();
  }
}

async function boot(qemu: Qemu, description: Omit<MachineDescription, 'console' | 'control'>, options: RunOptions): Promise<number | 'accelerator-failed'> {
  const { exec, signal } = options;
  if (exec === undefined) return await runOnTerminal(qemu, description, signal) === 'powered-off' ? 0 : 'accelerator-failed';
  return runAndPowerOff(qemu, description, {
    command: exec, user: options.user ?? options.users?.[0] ?? 'root', password: options.password, signal,
    ...(options.timeoutSeconds !== undefined && { timeout: options.timeoutSeconds * 1000 }),
    onOutput: options.onOutput, onErrorOutput: options.onErrorOutput,
  });
}

/** A machine larger than the host's free memory would be killed half way. */
function memoryFor({ memory, note }: RunOptions): string {
  const wanted = parseSize(memory, 'M');
  const free = availableMemory();
  const least = 512 * 2 ** 20;
  if (wanted <= free || free < least) return memory;
  const given = `${Math.max(512, Math.floor((free * 0.8) / 2 ** 20))}M`;
  note(`this host has ${Math.floor(free / 2 ** 20)} MiB of free memory: the machine gets ${given}, not ${memory}`);
  return given;
}

function processorsFor(smp: number | undefined): number {
  if (smp === undefined) return Math.min(2, hostCores());
  if (Number.isInteger(smp) && smp >= 1 && smp <= 255) return smp;
  throw new BootflakeError({ code: 'vm/bad-processors', message: `a machine cannot have ${smp} processors`, hint: 'Use a number from 1 on: --smp 2.' });
}

/** For UEFI: the code, and variables of the machine's own, kept beside a kept disk. */
async function firmwareFiles(kind: 'bios' | 'uefi', qemu: Qemu, options: RunOptions, folder: string): Promise<FirmwareFiles> {
  if (kind === 'bios') return { kind };
  const found = findUefi(qemu.firmwareFolders) ?? (options.realisePackages && findUefi([await options.realisePackages(qemuPackages)]));
  if (!found) throw noUefi();
  const variables = options.disk === undefined ? `${folder}/uefi-variables.fd` : `${options.disk}.uefi-variables`;
  if (!fileExists(variables)) copyFile(found.variables, variables);
  return { kind, code: found.code, variables };
}

/** The command as a person may paste it: qemu itself keeps what the guest writes apart. */
async function printedCommand(options: RunOptions, machine: Pick<MachineDescription, 'name' | 'memory' | 'processors' | 'forwards' | 'extra'>, disk: MachineDescription['disk']): Promise<string> {
  const qemu = await findQemu({ path: options.path }).catch((): Qemu => ({ command: ['qemu-system-x86_64'], environment: {}, firmwareFolders: ['/'], origin: 'PATH' }));
  const found = await chooseAccelerator(options.accel, qemu, options.stateFolder).catch(() => undefined);
  const accelerator: Accelerator = found?.accelerator ?? 'tcg';
  const uefi = options.firmware === 'uefi' ? findUefi(qemu.firmwareFolders) : undefined;
  if (options.firmware === 'uefi' && !uefi) throw noUefi();
  const firmware: FirmwareFiles = uefi ? { kind: 'uefi', ...uefi, throwAway: true } : { kind: 'bios' };
  return shellQuote([...qemu.command, ...machineArguments({ ...machine, accelerator, disk, firmware, console: 'terminal' })]);
}

function acceleratorFailed(accelerator: Accelerator): BootflakeError {
  return new BootflakeError({ code: 'vm/accelerator-failed', message: `${accelerator} stopped the guest or never let it begin`, hint: 'Use --accel tcg, which works everywhere, only slower.' });
}
