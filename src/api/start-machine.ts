/** `bootflake vm start`: qemu's arguments from a machine's manifest. */
import { basename } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { instanceDisks } from '../instances/instance-disks.ts';
import type { Instance } from '../instances/instance.ts';
import { instanceFiles as files, shellSocket, type LaunchedCompanion, type LaunchScript } from '../instances/launch-script.ts';
import type { Manifest } from '../instances/manifest.ts';
import { hostName, ownUserId } from '../system/host-platform.ts';
import { stateDirectory } from '../system/state-directory.ts';
import { chooseAccelerator } from '../vm/accelerator.ts';
import { companionDevices, companionsOf } from '../vm/companions.ts';
import { screenOf } from '../vm/display.ts';
import { chooseProcessors } from '../vm/emulation.ts';
import { findQemu, type Qemu } from '../vm/find-qemu.ts';
import { prepareFirmware } from '../vm/firmware.ts';
import { guestShells, shellGuestPort } from '../vm/guest-channel.ts';
import { readImageAt } from '../instances/host/image-at.ts';
import { memoryFor } from '../vm/memory.ts';
import { networkCards } from '../vm/network-cards.ts';
import { sameImage } from '../vm/overlay.ts';
import { machineArguments, type GuestPort } from '../vm/qemu-arguments.ts';
import { checkSecrets } from '../vm/secrets.ts';
import { checkShares } from '../vm/shares.ts';
import { processorsFor } from '../vm/run-options.ts';
import { remoteEquipment, remoteQemu, type Equipment } from './equipment.ts';
import { helperTree } from './helper-packages.ts';
import { withMachine } from './instances.ts';
import { networkDevices } from './machine-networks.ts';
import { openStore, type PipelineContext } from './pipeline.ts';

/** Returns whether it was started; false if it was running. Throws `instance/start-failed`, and what finding qemu throws. */
export async function startMachine(context: PipelineContext, name: string): Promise<boolean> {
  return withMachine(context, name, async (instance) => {
    if (await instance.isRunning()) return false;
    await startLocked(context, instance);
    return true;
  });
}

/** Starts a machine whose lock the caller has. */
export async function startLocked(context: PipelineContext, instance: Instance): Promise<void> {
  await checkImage(instance);
  await instance.start(await launchOf(context, instance, await instance.manifest()), context.signal);
}

/** Writes the script of a machine that starts with the host anew, after it was changed; the caller has the lock. */
export async function refreshScript(context: PipelineContext, instance: Instance): Promise<void> {
  const manifest = await instance.manifest();
  if (!manifest.autostart) return;
  await checkImage(instance);
  await instance.writeScript(await launchOf(context, instance, manifest));
}

/** The script that runs a machine as this manifest has it. */
export async function launchOf(context: PipelineContext, instance: Instance, manifest: Manifest): Promise<LaunchScript> {
  const { qemu, args, companions } = await machineCommand(context, instance, manifest);
  const hasMonitor = context.host !== undefined;
  return { name: instance.name, command: [...qemu.command, ...args], environment: qemu.environment, companions, hasMonitor };
}

async function machineCommand(
  context: PipelineContext,
  instance: Instance,
  manifest: Manifest,
): Promise<{ qemu: Qemu; args: string[]; companions: LaunchedCompanion[] }> {
  const { features = {} } = manifest;
  const { qemu, companions, ports, ...equipment } = context.host
    ? { ...(await remoteEquipment(context, context.host, { instance, manifest })), ports: [healthPort], monitor: { pipes: files.monitor } }
    : await ownEquipment(context, instance, manifest);
  const args = machineArguments({
    name: manifest.name,
    ...equipment,
    disks: instanceDisks(manifest),
    console: { pipes: files.pipes, logFile: files.console },
    control: { listen: files.control },
    ports: [...Array.from({ length: guestShells }, (_, index) => shellGuestPort(index, { listen: shellSocket(index) })), ...ports],
    ...companionDevices(features, (file) => file),
    extra: manifest.qemuArguments,
  });
  return { qemu, args, companions };
}

/** Where the guest says how it is: distro/nixos/modules/virtualisation/guest-health.nix. */
const healthPort: GuestPort = { id: 'health', name: 'bootflake.health', channel: { append: files.health } };

/** Of this host. */
async function ownEquipment(context: PipelineContext, instance: Instance, manifest: Manifest): Promise<Equipment & { ports: GuestPort[] }> {
  const { features = {} } = manifest;
  checkShares(features.shares ?? []);
  checkSecrets(features.secrets ?? []);
  const folder = stateDirectory(context.env);
  const qemu = await qemuOf(context, instance);
  const { accelerator } = await chooseAccelerator(manifest.accelerator, qemu, folder);
  const wanted = { processors: processorsFor(manifest.processors), isDefault: manifest.processors === undefined };
  const firmware = await prepareFirmware(manifest.firmware, qemu.firmwareFolders, {
    variables: instance.file(files.variables),
    tree: () => debianQemu(context, instance),
  });
  const networks = await networkDevices(context, instance, qemu);
  const companions = await companionsOf(features, { path: pathOf(context), tree: (kind) => keptTree(context, instance, kind) });
  return {
    qemu,
    memory: memoryFor(manifest.memory, context.onNote),
    ...(await chooseProcessors(qemu, accelerator, wanted)),
    firmware: firmware.kind !== 'bios' ? { ...firmware, variables: files.variables } : firmware,
    networks: networkCards(features, {
      forwards: manifest.forwards,
      seed: `${hostName()} ${ownUserId()} ${manifest.name}`,
      others: networks.cards,
    }),
    secrets: features.secrets ?? [],
    screen: await screenOf(features, qemu, context.env ?? process.env),
    companions: [...companions, ...networks.companions],
    ports: networks.ports,
  };
}

const pathOf = ({ env = process.env }: PipelineContext): string | undefined => env.PATH;

/** The qemu that runs a machine. Throws `vm/no-qemu`, `remote/no-qemu`. */
export async function qemuOf(context: PipelineContext, instance: Instance): Promise<Qemu> {
  if (context.host) return remoteQemu(context.host, await context.host.probe());
  return findQemu({ path: pathOf(context), helperTree: () => debianQemu(context, instance) });
}

const debianQemu = (context: PipelineContext, instance: Instance): Promise<string> => keptTree(context, instance, 'qemu');

/** Keeps it in the store for the machine. */
async function keptTree(context: PipelineContext, instance: Instance, name: 'qemu' | 'virtiofsd' | 'swtpm'): Promise<string> {
  const tree = await helperTree(context, name);
  (await openStore(context)).addIndirectRoot(instance.file(name), `/nix/store/${basename(tree)}`);
  return tree;
}

/** The disk is an overlay: over another image, or a changed one, it would be a broken file system. Throws `instance/image-changed`. */
async function checkImage(instance: Instance): Promise<void> {
  const { name } = instance;
  const made = (await instance.disk(files.system)).image;
  // The disk says what it lies over: a restored one may be of an earlier system.
  const image = made?.path ?? '';
  if (sameImage(made, (await readImageAt(instance.host, image)).key)) return;
  throw new BootflakeError({
    code: 'instance/image-changed',
    message: `the image of the machine '${name}' was changed after the machine was made: '${image}'`,
    hint: `Restore that file, or make the machine anew from it: ${instance.command('rm')}`,
  });
}
