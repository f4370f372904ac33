/** What a machine is started with, from its manifest and its host: the emulator, the accelerator, firmware, and programs beside it. */
import { BootflakeError } from '../base/errors.ts';
import type { MachineHost } from '../instances/host/machine-host.ts';
import type { Instance } from '../instances/instance.ts';
import { instanceFiles as files, type LaunchedCompanion } from '../instances/launch-script.ts';
import type { Manifest } from '../instances/manifest.ts';
import type { HostedMachines } from '../remote/hosted-machines.ts';
import type { HostProbe } from '../remote/probe-host.ts';
import { readBytes } from '../system/file-operations.ts';
import { companionsOf } from '../vm/companions.ts';
import { processorsOfVersion } from '../vm/emulation.ts';
import type { Qemu } from '../vm/find-qemu.ts';
import { findUefi, noUefi, type FirmwareFiles } from '../vm/firmware.ts';
import { memoryFor } from '../vm/memory.ts';
import { networkCards } from '../vm/network-cards.ts';
import type { Accelerator, MachineDescription } from '../vm/qemu-arguments.ts';
import { processorsFor } from '../vm/run-options.ts';
import { checkSecrets, type Secret } from '../vm/secrets.ts';
import type { PipelineContext } from './pipeline.ts';

/** The parts of a machine that depend on its host. */
export type Equipment = Pick<
  MachineDescription,
  'memory' | 'processors' | 'accelerator' | 'oneThread' | 'firmware' | 'networks' | 'secrets' | 'screen'
> & {
  qemu: Qemu;
  companions: LaunchedCompanion[];
};

/**
 * On a host reached by ssh. Throws `remote/no-qemu`, `remote/unsupported`, `vm/accelerator-unusable`, `vm/no-uefi`, and `vm/bad-secret` for
 * one that neither this host nor that one has.
 */
export async function remoteEquipment(
  context: PipelineContext,
  hosted: HostedMachines,
  { instance, manifest }: { instance: Instance; manifest: Manifest },
): Promise<Equipment> {
  const { features = {} } = manifest;
  const probe = await hosted.probe();
  const address = hosted.host.address;
  const qemu = remoteQemu(hosted, probe);
  refuseLocal(hosted, manifest, manifest.networks?.length ?? 0);
  const accelerator = remoteAccelerator(manifest.accelerator, probe, address);
  if (accelerator === 'tcg' && manifest.accelerator === 'auto')
    context.onNote(`${address} emulates the machine, which is slow: ${probe.kvm}`);
  const wanted = { processors: processorsFor(manifest.processors, probe.cores), isDefault: manifest.processors === undefined };
  return {
    qemu,
    memory: memoryFor(manifest.memory, context.onNote, probe.memory),
    ...processorsOfVersion(probe.qemuVersion, accelerator, wanted),
    firmware: await remoteFirmware(instance, manifest, probe),
    networks: networkCards(features, {
      forwards: manifest.forwards,
      // The same from whichever host it is started.
      seed: `${probe.hostName} ${instance.folder}`,
      bridgeHelper: probe.bridgeHelper ?? '/usr/lib/qemu/qemu-bridge-helper',
    }),
    secrets: await presentSecrets(instance, features.secrets ?? []),
    screen: features.display?.kind === 'vnc' ? { display: 'none', vnc: features.display.at, resolution: features.resolution } : undefined,
    companions: await companionsOf(
      { tpm: features.tpm },
      { path: undefined, tree: undefined, swtpm: remoteSwtpm(features.tpm, probe, address) },
    ),
  };
}

/** Throws `remote/no-qemu`. */
export function remoteQemu({ host }: HostedMachines, { programs }: Pick<HostProbe, 'programs'>): Qemu {
  const path = programs['qemu-system-x86_64'];
  if (path !== undefined) return { command: [path], environment: {}, firmwareFolders: ['/'], origin: path };
  throw new BootflakeError({
    code: 'remote/no-qemu',
    message: `${host.address} has no qemu-system-x86_64`,
    hint: 'Install it there (Debian, Ubuntu: sudo apt install qemu-system-x86 ovmf).',
  });
}

/** Refuses what would need this host, or a program of bootflake there. Throws `remote/unsupported`. */
export function refuseLocal({ host }: HostedMachines, { features = {} }: Pick<Manifest, 'features'>, networks: number): void {
  const what =
    (features.shares ?? []).length > 0
      ? ['a shared folder', 'Copy what it needs there (bootflake vm cp), or have the guest mount it over the network.']
      : networks > 0
        ? ['a private network (--network)', `Use a bridge of that host: --bridge br0.`]
        : features.display?.kind === 'window'
          ? ['a window', 'Use --vnc 1, and forward that port: ssh -L 5901:127.0.0.1:5901. Or --no-graphics.']
          : undefined;
  if (what === undefined) return;
  throw new BootflakeError({ code: 'remote/unsupported', message: `a machine on ${host.address} cannot have ${what[0]}`, hint: what[1]! });
}

function remoteAccelerator(wanted: Manifest['accelerator'], { kvm }: HostProbe, address: string): Accelerator {
  if (wanted === 'tcg' || (wanted === 'auto' && kvm !== 'works')) return 'tcg';
  if (wanted !== 'hvf' && kvm === 'works') return 'kvm';
  throw new BootflakeError({
    code: 'vm/accelerator-unusable',
    message: `${address} cannot use ${wanted}: ${wanted === 'hvf' ? 'it is no Mac' : kvm}`,
    hint: 'Use --accel tcg, which is slower but works everywhere.',
  });
}

async function remoteFirmware(instance: Instance, { firmware: kind }: Manifest, { firmware }: HostProbe): Promise<FirmwareFiles> {
  if (kind === 'bios') return { kind };
  const found = findUefi(['/'], kind, (path) => firmware.has(path));
  if (!found) throw noUefi(kind);
  await instance.host.copyOnce(found.variables, instance.file(files.variables));
  return { kind, code: found.code, variables: files.variables };
}

function remoteSwtpm(wanted: boolean | undefined, { programs }: HostProbe, address: string): string | undefined {
  if (!wanted || programs.swtpm !== undefined) return programs.swtpm;
  throw new BootflakeError({
    code: 'vm/no-swtpm',
    message: `${address} has no swtpm, which emulates the machine's TPM`,
    hint: 'Install it there (Debian, Ubuntu: sudo apt install swtpm).',
  });
}

/** Where a machine of another host, whose folder is given, has its secrets: it can start without us. */
export function remoteSecrets(folder: string, secrets: readonly Pick<Secret, 'name'>[]): Secret[] {
  return secrets.map(({ name }) => ({ name, file: `${folder}/${secretFile(name)}` }));
}

/** Its name in the machine's folder. */
export const secretFile = (name: string): string => `secret-${name}`;

/**
 * Sends files of this host that the user has named. Only their user may read them there. Returns whether one of them is not what was there.
 * Throws `vm/bad-secret`.
 */
export async function sendSecrets(host: MachineHost, folder: string, secrets: readonly Secret[]): Promise<boolean> {
  checkSecrets(secrets);
  let isNew = false;
  for (const { name, file } of secrets) {
    const place = `${folder}/${secretFile(name)}`;
    const contents = readBytes(file) ?? new Uint8Array();
    const present = await host.readBytes(place);
    if (present !== undefined && Buffer.compare(present, contents) === 0) continue;
    await host.write(place, contents);
    isNew = true;
  }
  return isNew;
}

/** The manifest is the other host's: nothing of this one is read for it. Throws `vm/bad-secret`. */
async function presentSecrets(instance: Instance, secrets: readonly Secret[]): Promise<Secret[]> {
  const names = await instance.names();
  const lacking = secrets.find(({ name }) => !names.includes(secretFile(name)));
  if (lacking)
    throw new BootflakeError({
      code: 'vm/bad-secret',
      message: `the secret '${lacking.name}' of the machine '${instance.name}' is no longer on ${instance.host.address}`,
      hint: 'Send it again: bootflake deploy with --secret NAME=FILE',
    });
  return secrets.map(({ name }) => ({ name, file: secretFile(name) }));
}
