/** Machines with names on this host: `bootflake vm`. They outlive the command that starts them. */
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import type { Instance } from '../instances/instance.ts';
import { Instances } from '../instances/instances.ts';
import { localHost } from '../instances/host/this-host.ts';
import { disableAutostart } from '../instances/autostart.ts';
import { companionFaults } from '../instances/companion-state.ts';
import { discardPrepared, settle } from '../instances/replacement.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import type { HeldLock } from '../system/lock-file.ts';
import { stateDirectory } from '../system/state-directory.ts';
import { leaveNetworks } from '../instances/network/network-folder.ts';
import { guestCards, type NetworkCard } from '../instances/network/network-address.ts';
import { addressInPrefix } from '../instances/network/router-advertisement.ts';
import type { HostContext } from './host-context.ts';
import { forgetSource } from './machine-source.ts';
import { cleanHost } from './place-image.ts';
import { explainStateError } from './explain-error.ts';
import type { PortForward } from '../vm/forward.ts';
import type { HostCard } from '../vm/host-network.ts';
import type { MachineFeatures } from '../vm/machine-options.ts';
import type { PipelineContext } from './pipeline.ts';

/** What these functions need of a context. */
export type MachineContext = HostContext & Pick<PipelineContext, 'signal'>;

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
  /** The MAC address of its first card, where one was chosen. */
  mac?: string;
  /** Bridges and taps of this host. */
  hostCards?: HostCard[];
  /** False where it does not have qemu's own network. */
  userNetwork?: boolean;
  /** Private networks, with its addresses there. */
  networks?: (NetworkCard & { address6: string })[];
  created?: string;
  autostart?: boolean;
  /** What lasts when the system is replaced; undefined without a data disk. */
  kept?: { mountPoint: string; directories: string[]; files: string[] };
  /** The system that it starts in place of its image's, since a `vm switch`. */
  switched?: { system: string; source?: string | undefined };
  /** The image that a roll-back would bring back. */
  previousImage?: string;
  /** What does not work while it runs, and what to do. */
  faults?: string[];
  folder: string;
  /** Of a broken one. */
  error?: string;
}

export function instancesOf(context: HostContext): Instances {
  if (context.host) return new Instances(`${context.host.host.folder}/vms`, context.host.host);
  return new Instances(join(stateDirectory(context.env), 'vms'), localHost(context.env));
}

/** Runs `work` while no other process changes the machine. */
export async function withMachine<T>(context: MachineContext, name: string, work: (instance: Instance) => T | Promise<T>): Promise<T> {
  const instance = await instancesOf(context).get(name);
  let lock: HeldLock | undefined;
  try {
    lock = await instance.lock(context.signal);
    // What was interrupted is finished or undone first.
    if (await instance.isRunning()) await discardPrepared(instance);
    else await settle(instance);
    return await work(instance);
  } catch (error) {
    throw context.host ? error : explainStateError(error, context.env);
  } finally {
    lock?.release();
  }
}

export interface StopOptions {
  /** At once, like pulling the plug. */
  force: boolean;
  /** Milliseconds that the guest may take. */
  timeout: number;
}

/** Milliseconds that the guest's own command may take, before the power button is pressed. */
const insidePatience = 20_000;

/** How it ended: by its own shutdown, or by force after that took too long. */
export type StopResult = 'was-stopped' | 'shut-down' | 'forced';

/** Shuts the guest down by its own command, else by the power button, else by force. */
export async function stopMachine(context: MachineContext, name: string, options: StopOptions): Promise<StopResult> {
  const instance = await instancesOf(context).get(name);
  return (await instance.isRunning()) ? powerOffMachine(instance, options, context.signal) : 'was-stopped';
}

/** As `stopMachine`, for a machine that runs. */
export async function powerOffMachine(
  instance: Instance,
  { force, timeout }: StopOptions,
  signal: AbortSignal | undefined,
): Promise<StopResult> {
  const deadline = monotonicMilliseconds() + timeout;
  if (!force) {
    const heard = await powerOffFromInside(instance, Math.min(timeout, insidePatience), signal);
    if (!heard) await instance.withControl((control) => control.command('system_powerdown')).catch(() => {});
    if (await instance.waitForEnd(Math.max(0, deadline - monotonicMilliseconds()), signal)) return 'shut-down';
  }
  await instance.kill();
  return 'forced';
}

/** Returns false when the guest does not listen on its ports for commands. */
async function powerOffFromInside(instance: Instance, patience: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await instance.runInGuest(['systemctl', 'poweroff'], { timeout: 3000, patience, signal })).status === 0;
  } catch (error) {
    signal?.throwIfAborted();
    // The machine ended before it could report the command's end.
    return error instanceof BootflakeError && error.code === 'vm/guest-gone';
  }
}

/** Presses the reset button. */
export async function resetMachine(context: MachineContext, name: string): Promise<void> {
  const instance = await instancesOf(context).get(name);
  await instance.requireRunning();
  await instance.withControl((control) => control.command('system_reset'));
}

/** Removes a machine with its disks. Throws `instance/running` without `force`. */
export async function removeMachine(context: MachineContext, name: string, force: boolean): Promise<void> {
  const remove = async (instance: Instance): Promise<void> => {
    if (force) await instance.kill();
    await instance.requireStopped('it has to be stopped before it is removed');
    await disableAutostart(instance);
    const cards = await networkCardsOf(instancesOf(context), instance.name);
    if (!context.host)
      leaveNetworks(
        instance,
        cards.map((card) => card.name),
      );
    await instancesOf(context).remove(instance);
    forgetSource(context, instance.name);
    if (context.host) await cleanHost(context.host);
  };
  try {
    await withMachine(context, name, remove);
  } catch (error) {
    // There is no space for the lock. The removal makes some.
    if (!(error instanceof BootflakeError && error.code === 'state/disk-full')) throw error;
    await remove(await instancesOf(context).get(name));
  }
}

/** Of all machines, or of those named. Asks no process, so that many cost little. */
export async function machineStatuses(context: HostContext, names?: string[]): Promise<MachineStatus[]> {
  const instances = instancesOf(context);
  const statuses: MachineStatus[] = [];
  for (const name of names ?? (await instances.names())) statuses.push(await machineStatus(await instances.get(name)));
  return statuses;
}

async function machineStatus(instance: Instance): Promise<MachineStatus> {
  const { name, folder } = instance;
  try {
    const manifest = await instance.manifest();
    const {
      source,
      image,
      memory,
      processors,
      forwards,
      networks,
      features,
      created,
      autostart,
      state: kept,
      previous,
      switched,
    } = manifest;
    const faults = await companionFaults(instance, manifest);
    const more = { ...(memory !== undefined && { memory }), ...(processors !== undefined && { processors }) };
    const state = await instance.state();
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
      ...networkFacts(features),
      ...(networks?.length && { networks: guestCards(networks, features).map(withAddress6) }),
      created,
      autostart,
      ...(kept && { kept: { mountPoint: kept.mountPoint, directories: kept.directories, files: kept.files } }),
      ...(switched && { switched }),
      ...(previous && { previousImage: previous.image }),
      ...(faults.length > 0 && { faults }),
      folder,
    };
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    return { name, state: 'broken' as const, folder, error: error.message };
  }
}

/** None of a machine that is gone, or whose manifest is damaged, which can be removed, too. */
export async function networkCardsOf(instances: Instances, name: string): Promise<NetworkCard[]> {
  try {
    return (await (await instances.get(name)).manifest()).networks ?? [];
  } catch (error) {
    if (error instanceof BootflakeError) return [];
    throw error;
  }
}

function withAddress6(card: NetworkCard): NetworkCard & { address6: string } {
  return { ...card, address6: addressInPrefix(card.name, card.mac) };
}

function networkFacts({ mac, hostCards, userNetwork }: MachineFeatures = {}): Pick<MachineStatus, 'mac' | 'hostCards' | 'userNetwork'> {
  return { ...(mac !== undefined && { mac }), ...(hostCards && { hostCards }), ...(userNetwork === false && { userNetwork }) };
}
