/** One machine of `bootflake deploy`: made where it is not there, else updated; started, and followed until it is well. */
import { isDeepStrictEqual } from 'node:util';
import { BootflakeError } from '../base/errors.ts';
import type { Instance } from '../instances/instance.ts';
import { instanceFiles as files } from '../instances/launch-script.ts';
import type { Manifest } from '../instances/manifest.ts';
import { waitUntilWell } from '../instances/wait-until-well.ts';
import type { HostedMachines } from '../remote/hosted-machines.ts';
import { findPrograms } from '../remote/probe-host.ts';
import { unpackersOf } from '../remote/upload.ts';
import { wallClockSeconds } from '../system/clock.ts';
import { findImage } from '../vm/image.ts';
import { readImageFacts } from '../vm/image-facts.ts';
import { completeHardware, type Hardware, type MachineFeatures } from '../vm/machine-options.ts';
import type { Secret } from '../vm/secrets.ts';
import { setAutostart } from './change-machine.ts';
import { createMachine } from './create-machine.ts';
import { refuseLocal, remoteQemu, remoteSecrets, secretFile, sendSecrets } from './equipment.ts';
import { instancesOf, stopMachine } from './instances.ts';
import type { MachineImage } from './machine-image.ts';
import type { PipelineContext } from './pipeline.ts';
import { disksOf } from './place-image.ts';
import { startMachine } from './start-machine.ts';
import type { DeployEvent, DeployPlan, DeployResult } from './types.ts';
import { requireDeclared, updateMachine } from './update-machine.ts';

export interface MachineDeployment {
  name: string;
  /** An image, or an installable, as it is noted for updates. */
  target: string;
  made: MachineImage;
  /** Whether a configuration says what the machine has. */
  isDescribed: boolean;
  /** '' is none. */
  check: string;
  url: string | undefined;
  /** Milliseconds. */
  timeout: number;
  discardChanges: boolean;
  autostart: boolean;
  secrets: readonly Secret[];
}

/** A context whose machines are on another host. */
export type HostedContext = PipelineContext & { host: HostedMachines };

type Deployed = Pick<DeployResult, 'status' | 'forwards'>;

const checkSecret = 'bootflake.check';

/** Throws `instance/unwell`, and what creating, updating and starting throw. */
export async function deployMachine(
  context: HostedContext,
  wanted: MachineDeployment,
  onState: (state: DeployEvent['state']) => void,
): Promise<Deployed> {
  requireReports(wanted);
  onState('changing');
  const instance = await instancesOf(context).find(wanted.name);
  if (!instance) {
    await create(context, wanted);
    await startAndFollow(context, wanted, onState);
    return { status: 'created', forwards: await forwardsOf(context, wanted.name) };
  }
  const before = await instance.manifest();
  const ran = await instance.isRunning();
  await requireKeeping(context, instance, before, wanted);
  if (wanted.check !== '') await writeCheck(instance, wanted.check);
  const hasNewSecrets = await sendSecrets(instance.host, instance.folder, wanted.secrets);
  const stop = { force: false, timeout: wanted.timeout };
  const result = await updateMachine(context, {
    name: wanted.name,
    target: wanted.target,
    made: wanted.made,
    discardChanges: wanted.discardChanges,
    stop,
    patience: wanted.timeout,
    url: wanted.url,
    change: (manifest) => changedManifest(instance.folder, manifest, wanted),
  });
  if (wanted.check === '') await instance.host.remove(instance.file(secretFile(checkSecret)));
  // qemu reads them when it starts.
  const restarts = ran && !result && hasNewSecrets;
  if (restarts) await stopMachine(context, wanted.name, stop);
  // The host has waited for the one that ran.
  if (!(ran && result)) await startAndFollow(context, wanted, onState);
  const status = result || restarts ? 'updated' : ran ? 'unchanged' : 'started';
  return { status, forwards: await forwardsOf(context, wanted.name) };
}

/** What `deployMachine` would do; changes nothing. Throws `remote/no-qemu`, `remote/unsupported`, `instance/no-state`. */
export async function planMachine(context: HostedContext, wanted: MachineDeployment): Promise<Deployed & { plan: DeployPlan }> {
  requireReports(wanted);
  const { host, images } = context.host;
  const programs = await findPrograms(host);
  remoteQemu(context.host, { programs });
  const instance = await instancesOf(context).find(wanted.name);
  const before = await instance?.manifest();
  const disks = await disksOf(context.host);
  const compared = await images.compare(findImage(wanted.made.image), {
    likely: [...(before ? [before.image] : []), ...disks],
    unpackers: unpackersOf(programs),
    signal: context.signal,
  });
  const bytes = { bytes: compared.sent, whole: compared.bytes > 0 && compared.over === undefined };
  if (!instance || !before) {
    const hardware = hardwareOf(wanted);
    refuseLocal(context.host, hardware, 0);
    return { status: 'planned', forwards: hardware.forwards, plan: { action: 'create', ...bytes, changes: [] } };
  }
  const after = changedManifest(instance.folder, before, wanted);
  const changes = changesBetween(before, after);
  const isChanged = changes.length > 0 || (await instance.disk(files.system)).image?.path !== compared.path;
  if (isChanged) requireKept(before, wanted);
  const runs = await instance.isRunning();
  const action = !runs ? 'start' : isChanged ? 'restart' : 'none';
  return { status: 'planned', forwards: after.forwards, plan: { action, ...bytes, changes } };
}

async function create(context: HostedContext, wanted: MachineDeployment): Promise<void> {
  if (!readImageFacts(wanted.made.image).state)
    context.onWarning(
      `the machine '${wanted.name}' gets no data disk: an update would lose everything that is written in it. ` +
        'To keep it, set bootflake.state.enable = true before the machine is made',
    );
  const instance = await createMachine(context, {
    name: wanted.name,
    target: wanted.target,
    made: wanted.made,
    forwards: [],
    qemuArguments: [],
    networks: [],
    secrets: sorted(wanted.secrets),
    accelerator: 'auto',
    now: new Date(wallClockSeconds() * 1000).toISOString(),
  });
  if (wanted.check !== '') {
    await writeCheck(instance, wanted.check);
    await instance.writeManifest(changedManifest(instance.folder, await instance.manifest(), wanted));
  }
  if (!wanted.autostart) return;
  try {
    const result = await setAutostart(context, wanted.name, { autostart: true });
    if (result?.needsLinger !== undefined)
      context.onWarning(`'${wanted.name}' starts when its user logs in; to have it started with the host, there: ${result.needsLinger}`);
  } catch (error) {
    if (!(error instanceof BootflakeError) || error.code !== 'instance/no-autostart') throw error;
    context.onWarning(error.message);
  }
}

async function startAndFollow(
  context: HostedContext,
  { name, made, url, timeout }: MachineDeployment,
  onState: (state: DeployEvent['state']) => void,
): Promise<void> {
  const instance = await instancesOf(context).get(name);
  const size = (await instance.host.facts(instance.file(files.console)))?.size ?? 0;
  const consoleBegun = (await startMachine(context, name)) ? size : 0;
  onState('observing');
  const reports = readImageFacts(made.image).health === true;
  await waitUntilWell(instance, { patience: timeout, reports, url, consoleBegun, signal: context.signal, onNote: context.onNote });
}

async function forwardsOf(context: HostedContext, name: string): Promise<Manifest['forwards']> {
  return (await (await instancesOf(context).get(name)).manifest()).forwards;
}

/** Before anything is sent. Throws `instance/no-state`. */
async function requireKeeping(context: HostedContext, instance: Instance, before: Manifest, wanted: MachineDeployment): Promise<void> {
  if (wanted.discardChanges || (before.state && readImageFacts(wanted.made.image).state)) return;
  const path = await context.host.images.pathOf(findImage(wanted.made.image), context.signal);
  const isSame =
    (await instance.disk(files.system)).image?.path === path && isDeepStrictEqual(changedManifest(instance.folder, before, wanted), before);
  if (!isSame) requireKept(before, wanted);
}

function requireKept(before: Manifest, wanted: MachineDeployment): void {
  requireDeclared(wanted, before.state);
  requireDeclared(wanted, readImageFacts(wanted.made.image).state, wanted.made.image);
}

/** Throws `deploy/no-reports`. */
function requireReports({ check, made }: MachineDeployment): void {
  if (check === '' || readImageFacts(made.image).health) return;
  throw new BootflakeError({
    code: 'deploy/no-reports',
    message: `the guest of '${made.image}' does not tell its host how it is, and so runs no check`,
    hint: 'Set bootflake.health.enable = true in its configuration, which is the default, or leave out the check.',
  });
}

function hardwareOf({ made }: MachineDeployment): Hardware {
  return completeHardware({ forwards: [], qemuArguments: [] }, made.described);
}

/** The machine as its configuration describes it now. Cards, further disks and secrets that were given to it stay. */
function changedManifest(folder: string, manifest: Manifest, wanted: MachineDeployment): Manifest {
  const own = remoteSecrets(folder, [...wanted.secrets, ...(wanted.check === '' ? [] : [{ name: checkSecret }])]);
  const kept = (manifest.features?.secrets ?? []).filter(({ name }) => name !== checkSecret && !own.some((each) => each.name === name));
  const secrets = sorted([...kept, ...own]);
  const { secrets: _, ...others } = manifest.features ?? {};
  const withSecrets = { ...others, ...(secrets.length > 0 && { secrets }) };
  if (!wanted.isDescribed) return withFeatures(manifest, withSecrets);
  const { memory, processors, firmware, forwards, qemuArguments, features } = hardwareOf(wanted);
  const { memory: _m, processors: _p, ...rest } = manifest;
  const { restrictNetwork: _r, resolution: _s, tpm: _t, ...given } = withSecrets;
  const described = {
    ...rest,
    ...(memory !== undefined && { memory }),
    ...(processors !== undefined && { processors }),
    firmware,
    forwards,
    qemuArguments,
  };
  const { restrictNetwork, resolution, tpm } = features;
  return withFeatures(described, {
    ...given,
    ...(restrictNetwork && { restrictNetwork }),
    ...(resolution && { resolution }),
    ...(tpm && { tpm }),
  });
}

function withFeatures({ features: _, ...manifest }: Manifest, features: MachineFeatures): Manifest {
  return { ...manifest, ...(Object.keys(features).length > 0 && { features }) };
}

function changesBetween(before: Manifest, after: Manifest): string[] {
  const keys = ['memory', 'processors', 'firmware', 'forwards', 'qemuArguments', 'features'] as const;
  return keys.filter((key) => !isDeepStrictEqual(before[key], after[key]));
}

function sorted(secrets: readonly Secret[]): Secret[] {
  return [...secrets].sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function writeCheck(instance: Instance, check: string): Promise<void> {
  await instance.host.write(instance.file(secretFile(checkSecret)), Buffer.from(`${check}\n`));
}
