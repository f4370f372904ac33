/** `bootflake vm create`. */
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import type { Instance } from '../instances/instance.ts';
import { emptyDisk, instanceFiles as files } from '../instances/launch-script.ts';
import type { Manifest } from '../instances/manifest.ts';
import { wallClockSeconds } from '../system/clock.ts';
import { parseAccelerator } from '../vm/accelerator.ts';
import { newDataDisk, overlayBytes } from '../vm/disk.ts';
import { readImageFacts, type StateFacts } from '../vm/image-facts.ts';
import { completeHardware, type Hardware, type OwnHardware } from '../vm/machine-options.ts';
import { checkFirstCard } from '../vm/network-cards.ts';
import { checkSecrets } from '../vm/secrets.ts';
import { checkShares } from '../vm/shares.ts';
import { checkHardware, type HardwareChoices } from '../vm/run-options.ts';
import { parseSize } from '../vm/size.ts';
import { explainStateError } from './explain-error.ts';
import { refuseLocal, remoteSecrets, sendSecrets } from './equipment.ts';
import { instancesOf } from './instances.ts';
import { isImage, machineImage, type MachineImage } from './machine-image.ts';
import { rememberSource } from './machine-source.ts';
import { placeImage } from './place-image.ts';
import { readNetworks, withNetworkCards } from './machine-networks.ts';
import { openStore, type PipelineContext } from './pipeline.ts';

export interface NewMachine extends OwnHardware {
  name: string;
  /** A disk image, a folder that holds one, or an installable. */
  target: string;
  /** Bytes of the data disk, for an image that declares state. Defaults to what the image declares. */
  stateSize?: number | undefined;
  /** Names of private networks. */
  networks: string[];
  accelerator: Manifest['accelerator'];
  /** ISO 8601. */
  now: string;
  /** What `target` was built to. Defaults to building it. */
  made?: MachineImage | undefined;
}

/** The options of `vm create` as typed. */
export type MachineChoices = HardwareChoices & { accel: string; stateSize?: string | undefined; networks: string[] };

/** Throws `vm/bad-size`, `vm/bad-forward`, `vm/bad-firmware`, `vm/bad-processors`, `vm/bad-accelerator`, `instance/bad-network`. */
export function readMachineChoices(choices: MachineChoices): Omit<NewMachine, 'name' | 'target'> {
  return {
    ...checkHardware(choices),
    stateSize: choices.stateSize === undefined ? undefined : parseSize(choices.stateSize, 'M'),
    networks: readNetworks(choices.networks),
    accelerator: parseAccelerator(choices.accel),
    now: new Date(wallClockSeconds() * 1000).toISOString(),
  };
}

/**
 * Builds the image if necessary; makes the machine, which is not started. Throws `instance/exists`, `instance/bad-name`,
 * `instance/no-state`, `vm/disk-too-small`.
 */
export async function createMachine(context: PipelineContext, wanted: NewMachine): Promise<Instance> {
  const instances = instancesOf(context);
  // Known before minutes of a build.
  await instances.requireFree(wanted.name);
  const { image: built, described } = wanted.made ?? (await machineImage(context, wanted.target));
  const hardware = completeHardware(wanted, described);
  if (context.host) refuseLocal(context.host, hardware, wanted.networks.length);
  checkShares(hardware.features.shares ?? []);
  checkSecrets(hardware.features.secrets ?? []);
  checkFirstCard(hardware.features, hardware.forwards, wanted.networks.length);
  const { state, users, health } = readImageFacts(built);
  if (wanted.stateSize !== undefined && !state) throw noDataDisk(built);
  const image = await placeImage(context, built);
  const source = machineSource(context.cwd, wanted.target);
  const own = hardware.features.secrets ?? [];
  if (context.host && own.length > 0)
    hardware.features = { ...hardware.features, secrets: remoteSecrets(`${instances.folder}/${wanted.name}`, own) };
  const manifest = manifestOf(wanted, { hardware, state, user: users?.[0], health }, source, image.path);
  const { host } = instances;
  const fill = async (folder: string): Promise<void> => {
    await host.write(join(folder, files.system), overlayBytes(image, hardware.diskSize));
    for (const [i, { size }] of (hardware.features.emptyDisks ?? []).entries())
      await host.makeSparse(join(folder, emptyDisk(i)), size * 2 ** 20);
    if (state) await host.write(join(folder, files.state), newDataDisk(wanted.stateSize ?? parseSize(state.size)));
    await host.write(join(folder, files.console), new Uint8Array());
    if (context.host) await sendSecrets(host, folder, own);
  };
  let instance: Instance;
  try {
    instance = await withNetworkCards(context, { machine: wanted.name, present: [], wanted: wanted.networks }, (cards) =>
      instances.create({ ...manifest, ...(cards.length > 0 && { networks: cards }) }, fill),
    );
  } catch (error) {
    throw context.host ? error : explainStateError(error, context.env);
  }
  await keepImage(context, instance, image.path);
  rememberSource(context, instance.name, source);
  return instance;
}

/** Keeps the image in the store, and those of disks that a roll-back or a snapshot may bring back. */
export async function keepImage(context: PipelineContext, instance: Instance, image: string): Promise<void> {
  // Another host has no store: what its disks lie over is kept beside its machines.
  if (context.host) return;
  const store = await openStore(context);
  const [name] = relative(store.physicalStore, image).split('/');
  if (name !== undefined && name !== '..') store.addIndirectRoot(instance.file(files.image), `/nix/store/${name}`);
  for (const file of await instance.names())
    if (/^(?:system|previous-system|snapshot-[^.]+)\.qcow2$/.test(file)) store.addDiskRoot(instance.file(file));
}

/** What a machine is made from, as it is noted for updates: an installable with an absolute path, or the path of an image. */
export function machineSource(cwd: string, target: string): string {
  return isImage(cwd, target) ? resolve(cwd, target) : absoluteInstallable(cwd, target);
}

function noDataDisk(image: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-state',
    message: `the image '${image}' declares no state, so its machine has no data disk`,
    hint: 'Set bootflake.state.enable = true in its configuration, or omit --state-size.',
  });
}

function manifestOf(
  wanted: NewMachine,
  {
    hardware,
    state,
    user,
    health,
  }: { hardware: Hardware; state: StateFacts | undefined; user: string | undefined; health: boolean | undefined },
  source: string,
  image: string,
): Omit<Manifest, 'schema'> {
  return {
    name: wanted.name,
    created: wanted.now,
    source,
    image,
    ...(state && { state }),
    ...(user !== undefined && { user }),
    ...(health && { health }),
    disks: [],
    ...(hardware.memory !== undefined && { memory: hardware.memory }),
    // The default is chosen at each start.
    ...(hardware.processors !== undefined && { processors: hardware.processors }),
    firmware: hardware.firmware,
    accelerator: wanted.accelerator,
    forwards: hardware.forwards,
    autostart: false,
    qemuArguments: hardware.qemuArguments,
    ...(Object.keys(hardware.features).length > 0 && { features: hardware.features }),
  };
}

/** `.#a` is another flake in another folder. */
function absoluteInstallable(cwd: string, target: string): string {
  const [path = '', ...attribute] = target.split('#');
  if (path !== '' && !/^\.{0,2}(?:\/|$)/.test(path) && !existsSync(resolve(cwd, path))) return target;
  return [resolve(cwd, path), ...attribute].join('#');
}
