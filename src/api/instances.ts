/** Machines with names on this host: `bootflake vm`. They outlive the command that starts them. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { attachConsole, type ConsoleEnd } from '../instances/console.ts';
import { type Instance, Instances } from '../instances/instance.ts';
import { instanceFiles as files, shellSocket } from '../instances/launch-script.ts';
import type { Manifest } from '../instances/manifest.ts';
import { monotonicMilliseconds, wallClockSeconds } from '../system/clock.ts';
import { copyFile, writeBytes } from '../system/file-operations.ts';
import { stateDirectory } from '../system/state-directory.ts';
import { chooseAccelerator, parseAccelerator } from '../vm/accelerator.ts';
import { newOverlay } from '../vm/disk.ts';
import { chooseProcessors } from '../vm/emulation.ts';
import { findQemu, type Qemu } from '../vm/find-qemu.ts';
import { findUefi, noUefi, parseFirmware, type FirmwareFiles, type FirmwareKind } from '../vm/firmware.ts';
import { parseForward, type PortForward } from '../vm/forward.ts';
import { guestShells, shellGuestPort, type GuestProcess } from '../vm/guest-channel.ts';
import type { GuestTerminal, TerminalSize } from '../vm/guest-terminal.ts';
import { findImage, readImage } from '../vm/image.ts';
import { memoryFor } from '../vm/memory.ts';
import { machineArguments, userNetwork } from '../vm/qemu-arguments.ts';
import { processorsFor } from '../vm/run-options.ts';
import { parseSize } from '../vm/size.ts';
import { hostCores } from '../system/host-cores.ts';
import { helperTree } from './helper-packages.ts';
import { isImage, machineImage } from './machine-image.ts';
import { openStore, type PipelineContext } from './pipeline.ts';

export interface NewMachine {
  name: string;
  /** A disk image, a folder that holds one, or an installable. */
  target: string;
  memory?: string | undefined;
  processors?: number | undefined;
  /** Bytes. Defaults to the image's. */
  diskSize?: number | undefined;
  forwards: PortForward[];
  firmware: FirmwareKind;
  accelerator: Manifest['accelerator'];
  qemuArguments: string[];
  /** ISO 8601. */
  now: string;
}

export interface MachineStatus {
  name: string;
  state: 'running' | 'stopped' | 'broken';
  pid?: number;
  /** qemu's exit status when it was stopped. */
  status?: number;
  source?: string;
  image?: string;
  memory?: string;
  processors?: number;
  forwards?: PortForward[];
  created?: string;
  autostart?: boolean;
  folder: string;
  /** Of a broken one. */
  error?: string;
}

export function instancesOf(context: Pick<PipelineContext, 'env'>): Instances {
  return new Instances(join(stateDirectory(context.env), 'vms'));
}

/**
 * Builds the image if necessary; makes the machine, which is not started. Throws `instance/exists`, `instance/bad-name`,
 * `vm/disk-too-small`.
 */
export async function createMachine(context: PipelineContext, wanted: NewMachine): Promise<Instance> {
  const instances = instancesOf(context);
  // Known before minutes of a build.
  instances.requireFree(wanted.name);
  const built = await machineImage(context, wanted.target);
  const image = findImage(built);
  const source = isImage(context.cwd, wanted.target)
    ? resolve(context.cwd, wanted.target)
    : absoluteInstallable(context.cwd, wanted.target);
  const instance = instances.create(manifestOf(wanted, source, image.path), (folder) => {
    newOverlay(join(folder, files.system), image, wanted.diskSize);
    writeBytes(join(folder, files.console), new Uint8Array());
  });
  (await openStore(context)).addDiskRoot(instance.file(files.system));
  return instance;
}

function manifestOf(wanted: NewMachine, source: string, image: string): Omit<Manifest, 'schema'> {
  return {
    name: wanted.name,
    created: wanted.now,
    source,
    image,
    ...(wanted.memory !== undefined && { memory: wanted.memory }),
    ...(wanted.processors !== undefined && { processors: wanted.processors }),
    firmware: wanted.firmware,
    accelerator: wanted.accelerator,
    forwards: wanted.forwards,
    autostart: false,
    qemuArguments: wanted.qemuArguments,
  };
}

/** `.#a` is another flake in another folder. */
function absoluteInstallable(cwd: string, target: string): string {
  const [path = '', ...attribute] = target.split('#');
  if (path !== '' && !/^\.{0,2}(?:\/|$)/.test(path) && !existsSync(resolve(cwd, path))) return target;
  return [resolve(cwd, path), ...attribute].join('#');
}

/** Returns whether it was started; false if it was running. Throws `instance/start-failed`, and what finding qemu throws. */
export async function startMachine(context: PipelineContext, name: string): Promise<boolean> {
  const instance = instancesOf(context).get(name);
  const lock = await instance.lock(context.signal);
  try {
    if (instance.state().state === 'running') return false;
    const { qemu, args } = await machineCommand(context, instance);
    await instance.start({ name, command: [...qemu.command, ...args], environment: qemu.environment }, context.signal);
    return true;
  } finally {
    lock.release();
  }
}

async function machineCommand(context: PipelineContext, instance: Instance): Promise<{ qemu: Qemu; args: string[] }> {
  const manifest = instance.manifest();
  checkImage(instance, manifest);
  const folder = stateDirectory(context.env);
  const path = (context.env ?? process.env).PATH;
  let tree: string | undefined;
  const takeTree = async () => (tree = await helperTree(context, 'qemu'));
  const qemu = await findQemu({ path, helperTree: takeTree });
  const { accelerator } = await chooseAccelerator(manifest.accelerator, qemu, folder);
  const wanted = { processors: manifest.processors ?? Math.min(2, hostCores()), isDefault: manifest.processors === undefined };
  const firmware = await firmwareOf(manifest, instance, qemu, takeTree);
  if (tree !== undefined) (await openStore(context)).addIndirectRoot(instance.file(files.qemu), `/nix/store/${basename(tree)}`);
  const args = machineArguments({
    name: manifest.name,
    memory: memoryFor(manifest.memory, context.onNote),
    ...(await chooseProcessors(qemu, accelerator, wanted)),
    // Names without a folder: the script runs qemu in the machine's own.
    disks: [{ file: files.system, format: 'qcow2' }],
    firmware,
    networks: [{ kind: 'user', forwards: manifest.forwards }],
    console: { pipes: files.pipes, logFile: files.console },
    control: { listen: files.control },
    ports: Array.from({ length: guestShells }, (_, index) => shellGuestPort(index, { listen: shellSocket(index) })),
    extra: manifest.qemuArguments,
  });
  return { qemu, args };
}

/** The disk is an overlay: over another image, or a changed one, it would be a broken file system. Throws `instance/image-changed`. */
function checkImage(instance: Instance, { name, image }: Manifest): void {
  const made = readImage(instance.file(files.system)).image;
  const { key } = readImage(image);
  if (made?.path === key.path && made.size === key.size && made.modified === key.modified) return;
  throw new BootflakeError({
    code: 'instance/image-changed',
    message: `the image of the machine '${name}' was changed after the machine was made: '${image}'`,
    hint: `Restore that file, or make the machine anew from it: bootflake vm rm ${name}`,
  });
}

async function firmwareOf(
  { firmware: kind }: Manifest,
  instance: Instance,
  qemu: Qemu,
  tree: () => Promise<string>,
): Promise<FirmwareFiles> {
  if (kind === 'bios') return { kind };
  const found = findUefi(qemu.firmwareFolders) ?? findUefi([await tree()]);
  if (!found) throw noUefi();
  const variables = instance.file(files.variables);
  if (!existsSync(variables)) copyFile(found.variables, variables);
  return { kind, code: found.code, variables: files.variables };
}

export interface StopOptions {
  /** At once, like pulling the plug. */
  force: boolean;
  /** Milliseconds that the guest may take. */
  timeout: number;
}

/** How it ended: by its own shutdown, or by force after that took too long. */
export type StopResult = 'was-stopped' | 'shut-down' | 'forced';

/** Shuts the guest down by its own command, else by the power button, else by force. */
export async function stopMachine(
  context: Pick<PipelineContext, 'env' | 'signal'>,
  name: string,
  { force, timeout }: StopOptions,
): Promise<StopResult> {
  const instance = instancesOf(context).get(name);
  if (instance.state().state === 'stopped') return 'was-stopped';
  const deadline = monotonicMilliseconds() + timeout;
  if (!force) {
    const heard = await powerOffFromInside(instance, context.signal);
    if (!heard) await instance.withControl((control) => control.command('system_powerdown')).catch(() => {});
    if (await instance.waitForEnd(Math.max(0, deadline - monotonicMilliseconds()), context.signal)) return 'shut-down';
  }
  await instance.kill();
  return 'forced';
}

/** Returns false when the guest does not listen to us. */
async function powerOffFromInside(instance: Instance, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    const { channel, release } = await instance.openGuest({ timeout: 3000, signal });
    try {
      const command = { words: ['systemctl', 'poweroff'], onOutput: () => {}, onErrorOutput: () => {} };
      return (await channel.run(command).ended.catch(() => ({ status: 0 }))).status === 0;
    } finally {
      release();
    }
  } catch {
    return false;
  }
}

/** Presses the reset button. */
export async function resetMachine(context: Pick<PipelineContext, 'env'>, name: string): Promise<void> {
  const instance = instancesOf(context).get(name);
  instance.requireRunning();
  await instance.withControl((control) => control.command('system_reset'));
}

/** Removes a machine with its disks. Throws `instance/running` without `force`. */
export async function removeMachine(context: Pick<PipelineContext, 'env' | 'signal'>, name: string, force: boolean): Promise<void> {
  const instances = instancesOf(context);
  const instance = instances.get(name);
  const lock = await instance.lock(context.signal);
  try {
    if (force) await instance.kill();
    instance.requireStopped('it has to be stopped before it is removed');
    instance.remove();
  } finally {
    lock.release();
  }
}

/** Of all machines, or of those named. Asks no process, so that many cost little. */
export function machineStatuses(context: Pick<PipelineContext, 'env'>, names?: string[]): MachineStatus[] {
  const instances = instancesOf(context);
  return (names ?? instances.names()).map((name) => {
    const instance = instances.get(name);
    const { folder } = instance;
    try {
      const { source, image, memory, processors, forwards, created, autostart } = instance.manifest();
      const more = { ...(memory !== undefined && { memory }), ...(processors !== undefined && { processors }) };
      const state = instance.state();
      const { status } = state.state === 'stopped' ? state : { status: undefined };
      return {
        name,
        state: state.state,
        ...(state.state === 'running' && { pid: state.pid }),
        ...(status !== undefined && { status }),
        source,
        image,
        ...more,
        forwards,
        created,
        autostart,
        folder,
      };
    } catch (error) {
      if (!(error instanceof BootflakeError)) throw error;
      return { name, state: 'broken' as const, folder, error: error.message };
    }
  });
}

export interface GuestCommandRequest {
  name: string;
  /** Defaults to a login shell. */
  words: string[];
  terminal?: { size: TerminalSize; kind: string } | undefined;
  /** Milliseconds to wait for a guest that is booting. */
  timeout: number;
  /** The guest waits until a promise resolves. */
  onOutput(bytes: Uint8Array): void | Promise<void>;
  onErrorOutput(bytes: Uint8Array): void | Promise<void>;
  /** Called once the command was sent, for its input. */
  onStart(process: GuestProcess): void;
}

/** Runs a command in a machine, as root. Returns its exit status, 128 and more for a signal. */
export async function execInMachine(context: Pick<PipelineContext, 'env' | 'signal'>, request: GuestCommandRequest): Promise<number> {
  const { words, terminal, timeout } = request;
  const instance = instancesOf(context).get(request.name);
  const { channel, release } = await instance.openGuest({ timeout, signal: context.signal });
  try {
    const command = channel.run({
      words: words.length > 0 ? words : ['/bin/bash', '-l'],
      ...(terminal && { terminal }),
      onOutput: request.onOutput,
      onErrorOutput: request.onErrorOutput,
    });
    request.onStart(command);
    const aborted = new Promise<never>((_, reject) =>
      context.signal?.addEventListener('abort', () => reject(context.signal?.reason as Error), { once: true }),
    );
    return (await Promise.race([command.ended, aborted])).status;
  } finally {
    release();
  }
}

/** The last lines that the guest printed on its console, as bytes. */
export function consoleLog(context: Pick<PipelineContext, 'env'>, name: string): Uint8Array {
  const instance = instancesOf(context).get(name);
  const parts = [files.olderConsole, files.console].map((file) =>
    existsSync(instance.file(file)) ? readFileSync(instance.file(file)) : Buffer.alloc(0),
  );
  return Buffer.concat(parts);
}

/** Shows the console on a terminal until the user leaves or the machine ends. */
export async function showMachineConsole(
  context: Pick<PipelineContext, 'env' | 'signal'>,
  name: string,
  terminal: GuestTerminal,
): Promise<ConsoleEnd> {
  const instance = instancesOf(context).get(name);
  const leaving = new AbortController();
  let wanted = 0;
  // A serial line does not transmit the size of the terminal at its other end.
  const onSize = () => {
    const size = terminal.size();
    const change = (wanted += 1);
    if (size) void setConsoleSize(instance, size, leaving.signal, () => change === wanted).catch(() => {});
  };
  try {
    return await attachConsole(instance, terminal, { signal: context.signal, onSize });
  } finally {
    leaving.abort();
  }
}

/** Milliseconds that a guest may take to boot until it can receive the size of the terminal. */
const bootPatience = 300_000;

async function setConsoleSize(
  instance: Instance,
  { rows, columns }: TerminalSize,
  signal: AbortSignal,
  isNewest: () => boolean,
): Promise<void> {
  const { channel, release } = await instance.openGuest({ timeout: bootPatience, signal });
  try {
    if (!isNewest()) return;
    const words = ['stty', '-F', '/dev/ttyS0', 'rows', String(rows), 'columns', String(columns)];
    await channel.run({ words, onOutput: () => {}, onErrorOutput: () => {} }).ended;
  } finally {
    release();
  }
}

/** The options of `vm create` as typed. */
export interface MachineChoices {
  memory: string | undefined;
  smp: number | undefined;
  diskSize: string | undefined;
  forwards: string[];
  firmware: string;
  accel: string;
}

/** Throws `vm/bad-size`, `vm/bad-forward`, `vm/bad-firmware`, `vm/bad-processors`, `vm/bad-accelerator`. */
export function readMachineChoices(choices: MachineChoices): Omit<NewMachine, 'name' | 'target' | 'qemuArguments'> {
  const { memory, smp, diskSize } = choices;
  if (memory !== undefined) parseSize(memory, 'M');
  if (smp !== undefined) processorsFor(smp);
  return {
    memory,
    processors: smp,
    diskSize: diskSize === undefined ? undefined : parseSize(diskSize, 'M'),
    forwards: choices.forwards.map(parseForward),
    firmware: parseFirmware(choices.firmware),
    accelerator: parseAccelerator(choices.accel),
    now: new Date(wallClockSeconds() * 1000).toISOString(),
  };
}

/** Adds or removes port forwards of a running machine; they last until it ends. Throws `vm/bad-forward`, `instance/forward-failed`. */
export async function forwardPorts(
  context: Pick<PipelineContext, 'env'>,
  name: string,
  { add, remove }: { add: string[]; remove: string[] },
): Promise<void> {
  const [added, removed] = [add.map(parseForward), remove.map(parseForward)];
  const instance = instancesOf(context).get(name);
  instance.requireRunning();
  await instance.withControl(async (control) => {
    // The machine protocol has these commands as text of its monitor only, which prints a complaint, or nothing.
    const monitor = async (line: string, accepted: RegExp) => {
      const said = String(await control.command('human-monitor-command', { 'command-line': line })).trim();
      if (!accepted.test(said)) throw forwardFailed(name, said);
    };
    for (const { protocol, address, host } of removed)
      await monitor(`hostfwd_remove ${userNetwork} ${protocol}:${address}:${host}`, /removed$/);
    for (const { protocol, address, host, guest } of added)
      await monitor(`hostfwd_add ${userNetwork} ${protocol}:${address}:${host}-:${guest}`, /^$/);
  });
}

function forwardFailed(name: string, said: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/forward-failed',
    message: `qemu refused a forward of the machine '${name}': ${said}`,
    hint: 'The port may be taken, need root (below 1024), or not be forwarded.',
  });
}
