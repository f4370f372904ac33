/** `bootflake vm set`, `vm resize` and `vm disk`: what a machine with a name consists of. */
import { BootflakeError } from '../base/errors.ts';
import { disableAutostart, enableAutostart, type AutostartResult } from '../instances/autostart.ts';
import { driveOf, furtherDisk } from '../instances/instance-disks.ts';
import type { Instance } from '../instances/instance.ts';
import { instanceFiles as files } from '../instances/launch-script.ts';
import { diskName, type Manifest } from '../instances/manifest.ts';
import type { NetworkCard } from '../instances/network/network-address.ts';
import { newDataDisk } from '../vm/disk.ts';
import { parseForward, type PortForward } from '../vm/forward.ts';
import { growth, requireGrowth } from '../vm/grow-disk.ts';
import { parseMac } from '../vm/mac-address.ts';
import { checkFirstCard } from '../vm/network-cards.ts';
import type { HostCard } from '../vm/host-network.ts';
import type { MachineFeatures } from '../vm/machine-options.ts';
import { processorsFor } from '../vm/run-options.ts';
import { parseSize, wholeSectors } from '../vm/size.ts';
import type { HostContext } from './host-context.ts';
import { instancesOf, withMachine, type MachineContext } from './instances.ts';
import { readNetworks, withNetworkCards } from './machine-networks.ts';
import type { PipelineContext } from './pipeline.ts';
import { refreshScript } from './start-machine.ts';

/** As typed. What is undefined stays as it is. */
export interface MachineChanges {
  memory?: string | undefined;
  smp?: number | undefined;
  addForwards: string[];
  removeForwards: string[];
  /** False: the one that is made from the machine's name. */
  mac?: string | false | undefined;
  /** Whether it has qemu's own network. */
  userNetwork?: boolean | undefined;
  addCards?: HostCard[];
  removeCards?: HostCard[];
  addNetworks?: string[];
  removeNetworks?: string[];
}

/**
 * Changes what the machine's next start gives it. Returns whether it runs, and so has not changed yet. Throws `vm/bad-size`,
 * `vm/bad-processors`, `vm/bad-forward`, `instance/no-forward`, `instance/same-forward`, `vm/bad-mac`, `instance/bad-network`,
 * `instance/no-network`, `instance/network-full`, `instance/no-host-card`, `instance/same-host-card`, `vm/no-first-card`,
 * `vm/no-user-network`.
 */
export function changeMachine(context: PipelineContext, name: string, changes: MachineChanges): Promise<boolean> {
  const { memory, smp } = changes;
  if (memory !== undefined) parseSize(memory, 'M');
  if (smp !== undefined) processorsFor(smp);
  const [added, removed] = [changes.addForwards.map(parseForward), changes.removeForwards.map(parseForward)];
  const mac = changes.mac === undefined || changes.mac === false ? changes.mac : parseMac(changes.mac);
  const networks = { added: readNetworks(changes.addNetworks ?? []), removed: readNetworks(changes.removeNetworks ?? []) };
  return withMachine(context, name, async (instance) => {
    const manifest = await instance.manifest();
    const forwards = withForwards(name, manifest.forwards, added, removed);
    const features = changedCards(name, manifest.features ?? {}, { ...changes, mac });
    const { networks: present = [] } = manifest;
    const wanted = wantedNetworks(name, present, networks);
    checkFirstCard(features, forwards, wanted.length);
    await withNetworkCards(context, { machine: name, present, wanted }, (cards) =>
      instance.writeManifest({
        ...manifest,
        ...(memory !== undefined && { memory }),
        ...(smp !== undefined && { processors: smp }),
        forwards,
        features: Object.keys(features).length > 0 ? features : undefined,
        ...(cards.length + present.length > 0 && { networks: cards }),
      }),
    );
    await refreshScript(context, instance);
    return await instance.isRunning();
  });
}

/**
 * Starts the machine with the host, or no longer. `stopCommand`: as in `enableAutostart`; on another host SIGTERM does it. Returns how;
 * undefined when it no longer does. Throws `instance/no-autostart`.
 */
export function setAutostart(
  context: PipelineContext,
  name: string,
  { autostart, stopCommand }: { autostart: boolean; stopCommand?: readonly string[] },
): Promise<AutostartResult | undefined> {
  return withMachine(context, name, async (instance) => {
    if (!autostart) {
      await disableAutostart(instance);
      await instance.writeManifest({ ...(await instance.manifest()), autostart });
      return undefined;
    }
    const result = await enableAutostart(instance, context.host ? undefined : stopCommand);
    await instance.writeManifest({ ...(await instance.manifest()), autostart });
    await refreshScript(context, instance);
    return result;
  });
}

function withForwards(name: string, present: PortForward[], added: PortForward[], removed: PortForward[]): PortForward[] {
  let forwards = present;
  for (const forward of removed) {
    const rest = forwards.filter((other) => !sameHostPort(forward, other));
    if (rest.length === forwards.length)
      throw new BootflakeError({
        code: 'instance/no-forward',
        message: `the machine '${name}' has no forward of the host's port ${forward.host}/${forward.protocol}`,
        hint: `Those that it has: bootflake vm status ${name}`,
      });
    forwards = rest;
  }
  for (const forward of added) {
    if (forwards.some((other) => sameHostPort(forward, other)))
      throw new BootflakeError({
        code: 'instance/same-forward',
        message: `the machine '${name}' forwards the host's port ${forward.host}/${forward.protocol} already`,
        hint: `Remove that one first: bootflake vm set ${name} --remove-forward ${forward.host}:${forward.guest}`,
      });
    forwards = [...forwards, forward];
  }
  return forwards;
}

/** The first card's MAC address, cards on networks of the host, and qemu's own. */
function changedCards(
  name: string,
  features: MachineFeatures,
  { mac, userNetwork, addCards = [], removeCards = [] }: Pick<MachineChanges, 'mac' | 'userNetwork' | 'addCards' | 'removeCards'>,
): MachineFeatures {
  const { mac: presentMac, hostCards: present = [], userNetwork: presentNetwork, ...rest } = features;
  const same = (a: HostCard) => (b: HostCard) => a.kind === b.kind && a.device === b.device;
  const missing = removeCards.find((card) => !present.some(same(card)));
  if (missing)
    throw new BootflakeError({
      code: 'instance/no-host-card',
      message: `the machine '${name}' has no card on a ${missing.kind} '${missing.device}'`,
      hint: `Those that it has: bootflake vm status ${name}`,
    });
  let hostCards = present.filter((card) => !removeCards.some(same(card)));
  for (const card of addCards) {
    // Both would have the same MAC address.
    if (hostCards.some(same(card)))
      throw new BootflakeError({
        code: 'instance/same-host-card',
        message: `the machine '${name}' has a card on the ${card.kind} '${card.device}' already`,
        hint: 'Name another one.',
      });
    hostCards = [...hostCards, card];
  }
  const firstMac = mac === false ? undefined : (mac ?? presentMac);
  return {
    ...rest,
    ...(firstMac !== undefined && { mac: firstMac }),
    ...(hostCards.length > 0 && { hostCards }),
    ...((userNetwork === undefined ? presentNetwork === false : !userNetwork) && { userNetwork: false as const }),
  };
}

function wantedNetworks(
  machine: string,
  present: readonly NetworkCard[],
  { added, removed }: { added: string[]; removed: string[] },
): string[] {
  const names = present.map((card) => card.name);
  const missing = removed.find((name) => !names.includes(name));
  if (missing !== undefined)
    throw new BootflakeError({
      code: 'instance/no-network',
      message: `the machine '${machine}' is not on a network '${missing}'`,
      hint: names.length > 0 ? `It is on: ${names.join(', ')}.` : `It is on none; put it on one: bootflake vm set ${machine} --network lan`,
    });
  return readNetworks([...names.filter((name) => !removed.includes(name)), ...added]);
}

function sameHostPort(a: PortForward, b: PortForward): boolean {
  return a.address === b.address && a.host === b.host && a.protocol === b.protocol;
}

/** A disk of a machine: that of the system, of the state, or a further one by its name. */
export type WhichDisk = { kind: 'system' } | { kind: 'state' } | { kind: 'further'; name: string };

/**
 * Makes a disk larger, at once. Returns whether the guest has taken it into use; else it does at its next boot (a further disk: when its
 * owner says so). Throws `vm/cannot-shrink`, `vm/bad-size`, `vm/disk-too-large`, `instance/no-disk`.
 */
export function resizeMachineDisk(context: MachineContext, name: string, text: string, which: WhichDisk): Promise<boolean> {
  const size = wholeSectors(parseSize(text, 'M'));
  return withMachine(context, name, async (instance) => {
    const manifest = await instance.manifest();
    const disk = diskFile(instance, manifest, which);
    const path = instance.file(disk);
    const present = await instance.disk(disk);
    if (!(await instance.isRunning())) {
      for (const { bytes, offset } of growth((await instance.host.readBeginning(path, 72))?.bytes ?? new Uint8Array(), present, size))
        await instance.host.writeAt(path, bytes, offset);
      return false;
    }
    requireGrowth(path, present.virtualSize, size);
    await instance.withControl((control) => control.command('block_resize', { device: driveOf(manifest, disk), size }));
    return which.kind === 'state' && growInGuest(instance, manifest.state!.mountPoint, context.signal);
  });
}

/** The file system of the data disk grows while it is mounted. */
async function growInGuest(instance: Instance, mountPoint: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    const words = ['/usr/lib/systemd/systemd-growfs', mountPoint];
    return (await instance.runInGuest(words, { timeout: 5000, signal })).status === 0;
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    return false;
  }
}

function diskFile(instance: Instance, { state, disks }: Manifest, which: WhichDisk): string {
  if (which.kind === 'system') return files.system;
  if (which.kind === 'state' && state) return files.state;
  if (which.kind === 'further' && disks.includes(which.name)) return furtherDisk(which.name);
  throw noDisk(instance.name, which.kind === 'further' ? `disk '${which.name}'` : 'data disk', disks);
}

export interface FurtherDisk {
  name: string;
  /** Bytes that the guest sees. */
  size: number;
  /** Bytes that it occupies. */
  occupied: number;
}

export async function furtherDisks(context: HostContext, name: string): Promise<FurtherDisk[]> {
  const instance = await instancesOf(context).get(name);
  const disks: FurtherDisk[] = [];
  for (const disk of (await instance.manifest()).disks) {
    const { virtualSize, key } = await instance.disk(furtherDisk(disk));
    disks.push({ name: disk, size: virtualSize, occupied: key.size });
  }
  return disks;
}

/** Throws `instance/bad-name`, `instance/disk-exists`, `instance/running`, `vm/bad-size`. */
export function addFurtherDisk(context: PipelineContext, name: string, disk: string, text: string): Promise<void> {
  const size = parseSize(text, 'M');
  if (!diskName.test(disk))
    throw new BootflakeError({
      code: 'instance/bad-name',
      message: `'${disk}' cannot be the name of a disk`,
      hint: 'Use 1 to 20 lower-case letters, digits and hyphens: the guest finds it as /dev/disk/by-id/virtio-NAME.',
    });
  return withMachine(context, name, async (instance) => {
    const manifest = await instance.manifest();
    if (manifest.disks.includes(disk))
      throw new BootflakeError({ code: 'instance/disk-exists', message: `the machine '${name}' has a disk '${disk}' already` });
    await instance.requireStopped('it gets a new disk at its next start');
    await instance.host.write(instance.file(furtherDisk(disk)), newDataDisk(size));
    await instance.writeManifest({ ...manifest, disks: [...manifest.disks, disk] });
    await refreshScript(context, instance);
  });
}

/** Removes a disk with what is on it. Throws `instance/no-disk`, `instance/running`. */
export function removeFurtherDisk(context: PipelineContext, name: string, disk: string): Promise<void> {
  return withMachine(context, name, async (instance) => {
    const manifest = await instance.manifest();
    if (!manifest.disks.includes(disk)) throw noDisk(name, `disk '${disk}'`, manifest.disks);
    await instance.requireStopped('its disk cannot be removed now');
    await instance.writeManifest({ ...manifest, disks: manifest.disks.filter((other) => other !== disk) });
    await refreshScript(context, instance);
    await instance.host.remove(instance.file(furtherDisk(disk)));
  });
}

function noDisk(name: string, what: string, disks: string[]): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-disk',
    message: `the machine '${name}' has no ${what}`,
    hint: disks.length > 0 ? `Further disks that it has: ${disks.join(', ')}.` : `Give it one: bootflake vm disk ${name} data 20G`,
  });
}
