/** `bootflake run` with a finished image: finds qemu, an accelerator and firmware, prepares the disk, and boots. */
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { chooseAccelerator } from './accelerator.ts';
import { diskDriverHint, diskDrivers } from './boot-failure.ts';
import { companionDevices, companionsOf, printedCompanions, startCompanions, type CompanionTree } from './companions.ts';
import { describeDisk, emptyDisks, prepareDisk, prepareStateDisk, stateDisk, stateFile } from './disk.ts';
import { screenOf } from './display.ts';
import { chooseProcessors } from './emulation.ts';
import { runAndPowerOff, type ExecOptions } from './exec.ts';
import { findQemu, type Qemu } from './find-qemu.ts';
import { findUefi, noUefi, prepareFirmware, type FirmwareFiles, type FirmwareKind } from './firmware.ts';
import { GuestInput } from './guest-input.ts';
import { findImage } from './image.ts';
import { runOnTerminal } from './interactive.ts';
import type { ImageFacts } from './image-facts.ts';
import type { MachineFeatures } from './machine-options.ts';
import { memoryFor } from './memory.ts';
import { networkCards } from './network-cards.ts';
import { machineArguments, type Accelerator, type DiskDescription, type MachineDescription, type Screen } from './qemu-arguments.ts';
import { checkChoices, processorsFor, type RunChoices } from './run-options.ts';
import { removeTree } from '../store/physical-tree.ts';
import { fileFacts, makePrivateFolder } from '../system/file-operations.ts';
import { hostName, ownUserId } from '../system/host-platform.ts';
import { ownIdentity } from '../system/process-identity.ts';
import { shellQuote } from '../base/shell-quote.ts';

export interface RunOptions extends RunChoices {
  /** A disk image, or a folder that holds one. */
  image: string;
  /** The known facts of the image. */
  facts: ImageFacts;
  /** qemu's environment. Defaults to the process's own. */
  env?: NodeJS.ProcessEnv | undefined;
  /** PATH. */
  path: string | undefined;
  /** The folder for the files of running machines. */
  stateFolder: string;
  /** Makes a merged tree of Debian packages, for qemu; returns the folder that holds its `usr`. */
  helperTree?: () => Promise<string>;
  /** Makes that of virtiofsd or swtpm. */
  companionTree?: CompanionTree;
  signal?: AbortSignal | undefined;
  /** Prints a line for the user. */
  note: (line: string) => void;
  /** Prints a line of detail. */
  detail?: ((line: string) => void) | undefined;
}

/** For `exec`: the user who logs in, and the command's input. */
type Session = Pick<ExecOptions, 'user' | 'password' | 'timeout' | 'input'>;

/** Returns the exit status: that of `exec`'s command, else 0 once the machine is off. */
export async function runImage(options: RunOptions): Promise<number> {
  const { memory, firmware, forwards, processors: cores, diskSize, timeout, features, qemuArguments } = checkChoices(options);
  const processors = processorsFor(cores);
  const image = findImage(options.image);
  // A disk that is there keeps its size, whatever its configuration says by now.
  const isKept = options.disk !== undefined && options.diskSize === undefined && fileFacts(options.disk) !== undefined;
  const size = isKept ? undefined : diskSize;
  const { facts } = options;
  const wanted = { processors, isDefault: cores === undefined };
  const machine = {
    name: 'nixos',
    memory: memoryFor(memory, options.note),
    processors,
    coresByDefault: cores === undefined,
    networks: networkCards(features, { forwards, seed: `${hostName()} ${ownUserId()} ${image.path}` }),
    extra: qemuArguments,
  };
  if (options.dryRun) {
    const disks = [describeDisk(image, options.disk), ...printedDisks(options, features)];
    if (facts.state) {
      const data = stateDisk(stateFile('.', options.disk));
      disks.push(data);
      options.note(`its data disk: ${shellQuote(['qemu-img', 'create', '-f', 'qcow2', data.file, facts.state.size])}`);
    }
    options.print(await printedCommand(options, machine, { disks, firmware, features }));
    return 0;
  }
  // Read from the start, so that it is known in time whether there is input.
  const session =
    options.exec === undefined
      ? undefined
      : { user: userFor(options), password: options.password, timeout, input: new GuestInput(options.input) };
  checkDiskDrivers(options, qemuArguments);
  const qemu = await findQemu({ path: options.path, env: options.env, ...(options.helperTree && { helperTree: options.helperTree }) });
  const chosen = await chooseAccelerator(options.accel, qemu, options.stateFolder);
  const prepared = prepareDisk(image, { stateFolder: options.stateFolder, keep: options.disk, size });
  // A socket's address may be 107 bytes long.
  const hasCompanions = features.shares !== undefined || features.tpm === true;
  const sockets = hasCompanions ? makePrivateFolder(`${tmpdir()}/bootflake-${ownIdentity().pid}-`) : undefined;
  const emptyFile = (i: number) => (options.disk === undefined ? `${prepared.folder}/empty${i}.raw` : keptEmptyDisk(options.disk, i));
  try {
    const files = await prepareFirmware(firmware, qemu.firmwareFolders, {
      // Beside a kept disk.
      variables: options.disk === undefined ? `${prepared.folder}/uefi-variables.fd` : `${options.disk}.${firmware}-variables`,
      tree: options.helperTree,
    });
    const state = facts.state ? [prepareStateDisk(prepared.folder, options.disk, facts.state.size)] : [];
    const reason = chosen.accelerator === 'tcg' && options.accel === 'auto' ? `: ${chosen.finding}` : '';
    const keys = options.exec === undefined ? '; ctrl-a x ends the machine' : '';
    options.note(`booting ${image.path} (${chosen.accelerator}${reason})${keys}`);
    const description = {
      ...machine,
      ...(await chooseProcessors(qemu, chosen.accelerator, wanted)),
      disks: [prepared.disk, ...emptyDisks(features.emptyDisks ?? [], emptyFile), ...state] as [DiskDescription, ...DiskDescription[]],
      firmware: files,
      ...companionDevices(features, (name) => `${sockets!}/${name}`),
      secrets: features.secrets ?? [],
      screen: await screenOf(features, qemu, options.env ?? process.env),
    };
    options.detail?.(shellQuote([...qemu.command, ...machineArguments({ ...description, console: 'terminal' })]));
    const companions = await companionsOf(features, {
      path: options.path,
      tree: options.companionTree,
      // Beside a kept disk.
      stateFolder: options.disk === undefined ? undefined : resolve(`${options.disk}.tpm`),
    });
    let beside = await startCompanions(companions, sockets ?? prepared.folder);
    const end = await boot(qemu, description, options, session).finally(() => beside.end());
    if (end !== 'accelerator-failed') return end;
    if (options.accel !== 'auto') throw acceleratorFailed(chosen.accelerator);
    options.note(`${chosen.accelerator} let the machine down; starting again without it`);
    const again = prepareDisk(image, { stateFolder: options.stateFolder, keep: options.disk, size });
    try {
      beside = await startCompanions(companions, sockets ?? prepared.folder);
      const status = await boot(
        qemu,
        { ...description, ...(await chooseProcessors(qemu, 'tcg', wanted)), disks: [again.disk, ...description.disks.slice(1)] },
        options,
        session,
      ).finally(() => beside.end());
      return status === 'accelerator-failed' ? 1 : status;
    } finally {
      again.discard();
    }
  } finally {
    prepared.discard();
    if (sockets !== undefined) removeTree(sockets);
  }
}

async function boot(
  qemu: Qemu,
  description: Omit<MachineDescription, 'console' | 'control'>,
  options: RunOptions,
  session: Session | undefined,
): Promise<number | 'accelerator-failed'> {
  const { exec, signal } = options;
  if (exec === undefined || session === undefined)
    return (await runOnTerminal(qemu, description, options.console, signal)) === 'powered-off' ? 0 : 'accelerator-failed';
  return runAndPowerOff(qemu, description, {
    command: exec,
    ...session,
    signal,
    onOutput: options.onOutput,
    onErrorOutput: options.onErrorOutput,
  });
}

/** Does not log in as root unless requested. Throws `vm/no-user`. */
function userFor({ user, facts }: RunOptions): string {
  const found = user ?? facts.users?.[0];
  if (found !== undefined) return found;
  const why = facts.users ? 'the image has no normal user' : 'nothing beside the image says which users it has';
  throw new BootflakeError({
    code: 'vm/no-user',
    message: `the user to log in for --exec is unknown: ${why}`,
    hint: 'Use --user NAME (and --password TEXT, if the user has a password).',
  });
}

/** Throws `vm/no-disk-driver` before minutes of a boot that cannot succeed. With `qemuArguments` there may be another disk. */
function checkDiskDrivers({ facts, note }: RunOptions, qemuArguments: string[]): void {
  const { initrdModules } = facts;
  const missing = initrdModules === undefined ? [] : diskDrivers.filter((name) => !initrdModules.includes(name));
  if (missing.length === 0) return;
  const message = `the initrd of the image lacks ${missing.join(' and ')}, which it needs to find its disk`;
  if (qemuArguments.length > 0) return note(`warning: ${message}`);
  throw new BootflakeError({ code: 'vm/no-disk-driver', message, hint: diskDriverHint });
}

/** Beside the user's own disk. */
function keptEmptyDisk(disk: string, index: number): string {
  return `${disk}.empty${index}.raw`;
}

function printedDisks({ disk }: RunOptions, { emptyDisks: disks = [] }: MachineFeatures): DiskDescription[] {
  return disks.map(({ size, serial }, i) => ({
    format: 'raw',
    // qemu keeps what is written in a temporary file.
    ...(disk === undefined ? { file: '', zeros: size * 2 ** 20, throwAway: true } : { file: keptEmptyDisk(disk, i) }),
    ...(serial !== undefined && { serial }),
  }));
}

/** The command in a form to paste: qemu itself keeps the guest's writes separate. */
async function printedCommand(
  options: RunOptions,
  machine: Pick<MachineDescription, 'name' | 'memory' | 'processors' | 'networks' | 'extra'> & { coresByDefault: boolean },
  { disks, firmware: kind, features }: { disks: DiskDescription[]; firmware: FirmwareKind; features: MachineFeatures },
): Promise<string> {
  const qemu = await findQemu({ path: options.path }).catch(
    (): Qemu => ({ command: ['qemu-system-x86_64'], environment: {}, firmwareFolders: ['/'], origin: 'PATH' }),
  );
  const found = await chooseAccelerator(options.accel, qemu, options.stateFolder).catch(() => undefined);
  const accelerator: Accelerator = found?.accelerator ?? 'tcg';
  const firmware = printedFirmware(kind, qemu);
  const command = shellQuote([
    ...qemu.command,
    ...machineArguments({
      ...machine,
      ...(await chooseProcessors(qemu, accelerator, { processors: machine.processors, isDefault: machine.coresByDefault })),
      disks: disks as [DiskDescription, ...DiskDescription[]],
      firmware,
      ...companionDevices(features, (name) => `${printedFolder}/${name}`),
      secrets: features.secrets ?? [],
      screen: await printedScreen(features, qemu, options),
      console: 'terminal',
    }),
  ]);
  const beside = printedCompanions(features).map(
    ({ command: words, folder }) =>
      `(cd ${printedFolder}${folder === undefined ? '' : ` && mkdir -p ${folder}`} && exec ${shellQuote(words)}) &`,
  );
  return [...(beside.length > 0 ? [`mkdir -p -m 700 ${printedFolder}`, ...beside, 'sleep 1'] : []), command].join('\n');
}

function printedFirmware(kind: FirmwareKind, { firmwareFolders }: Qemu): FirmwareFiles {
  if (kind === 'bios') return { kind };
  const found = findUefi(firmwareFolders, kind);
  if (!found) throw noUefi(kind);
  return { kind, ...found, throwAway: true };
}

/** Of the sockets of a command that is printed. */
const printedFolder = '/tmp/bootflake-machine';

/** A command may be for another terminal, which has a screen. */
function printedScreen(features: MachineFeatures, qemu: Qemu, options: RunOptions): Promise<Screen | undefined> {
  return screenOf(features, qemu, options.env ?? process.env).catch(() => ({ display: 'gtk', resolution: features.resolution }));
}

function acceleratorFailed(accelerator: Accelerator): BootflakeError {
  return new BootflakeError({
    code: 'vm/accelerator-failed',
    message: `${accelerator} stopped the guest or never started it`,
    hint: 'Use --accel tcg, which is slower but works everywhere.',
  });
}
