/** `bootflake vm update` and `vm rollback`: another system for a machine, whose data disk stays. */
import { isDeepStrictEqual } from 'node:util';
import { BootflakeError } from '../base/errors.ts';
import type { Instance } from '../instances/instance.ts';
import { instanceFiles as files } from '../instances/launch-script.ts';
import type { Manifest } from '../instances/manifest.ts';
import { mergeable, mergeRunning, mergeStates } from '../instances/merge-states.ts';
import { keepState, nextStateName, replaceDisks, type NextFile } from '../instances/replacement.ts';
import { beginSwitch, followSwitch } from '../instances/switch-system.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { sleep } from '../system/sleep.ts';
import { newDataDisk } from '../vm/disk.ts';
import type { DiskImage } from '../vm/image.ts';
import { readImageFacts, type StateFacts } from '../vm/image-facts.ts';
import { encodeOverlay, sameImage } from '../vm/overlay.ts';
import { parseSize, wholeSectors } from '../vm/size.ts';
import { keepImage, machineSource } from './create-machine.ts';
import { powerOffMachine, withMachine, type StopOptions } from './instances.ts';
import { machineImage, type MachineImage } from './machine-image.ts';
import { rememberSource, sourceOfMachine } from './machine-source.ts';
import { cleanHost, placeImage } from './place-image.ts';
import type { PipelineContext } from './pipeline.ts';
import { launchOf, qemuOf, refreshScript, startLocked } from './start-machine.ts';

type System = Pick<Manifest, 'source' | 'image' | 'state' | 'user' | 'health' | 'switched'>;

export interface UpdateRequest {
  name: string;
  /** Defaults to what the machine was made from. */
  target?: string | undefined;
  /** Also where nothing lasts: all that was written is left behind, a data disk of which the image knows nothing included. */
  discardChanges: boolean;
  stop: StopOptions;
  /** Milliseconds that the new system may take until it is well. */
  patience: number;
  /** An address that has to reply to the host of the machine before it counts as well. */
  url?: string | undefined;
  /** What `target` was built to. Defaults to building it. */
  made?: MachineImage | undefined;
  /** What the machine is to have besides. Defaults to what it has. */
  change?(manifest: Manifest): Manifest;
}

export interface ReplaceResult {
  image: string;
  /** `started`: it runs, but it cannot be asked how it is. */
  health: 'stopped' | 'started' | 'well';
}

/**
 * Builds the new image, stops the machine, keeps its data as they are, replaces its system, and starts it if it ran. Returns undefined when
 * it has that image already. Throws `instance/no-state`, `instance/unwell`, and what the build throws; before `instance/unwell`, the
 * machine is the old one.
 */
export async function updateMachine(context: PipelineContext, request: UpdateRequest): Promise<ReplaceResult | undefined> {
  const { before, target } = await withMachine(context, request.name, async (instance) => ({
    before: await instance.manifest(),
    target: request.target ?? (await sourceOfMachine(context, instance)),
  }));
  if (!request.made) requireDeclared(request, before.state);
  const { image: built } = request.made ?? (await machineImage(context, target));
  const { state, users, health } = readImageFacts(built);
  if (!request.made) requireDeclared(request, state, built);
  const image = await placeImage(context, built, [before.image]);
  const replaced = await withMachine(context, request.name, async (instance) => {
    const present = await instance.manifest();
    const manifest = request.change?.(present) ?? present;
    const current = (await instance.disk(files.system)).image;
    // One that was switched has the image, but starts another system.
    if (sameImage(current, image.key) && !present.switched && isDeepStrictEqual(manifest, present)) return undefined;
    requireDeclared(request, present.state);
    requireDeclared(request, state, built);
    // From the moment of the replacement on, the disks themselves keep both images.
    await keepImage(context, instance, current?.path ?? manifest.image);
    const system = {
      source: machineSource(context.cwd, target),
      image: image.path,
      ...(state && { state }),
      ...(users?.[0] !== undefined && { user: users[0] }),
      ...(health && { health }),
    };
    rememberSource(context, request.name, system.source);
    return replaceSystem(context, instance, request, async () => {
      const { next, stateSnapshot } = await dataDisks(instance, manifest, state);
      next[files.system] = await systemOver(instance, image);
      next[files.previousSystem] = { link: files.system };
      return { next, manifest: withSystem(manifest, system, stateSnapshot), stateSnapshot };
    });
  });
  return replaced && finishReplacement(context, replaced);
}

export interface RollbackRequest extends Pick<UpdateRequest, 'name' | 'stop' | 'patience' | 'url'> {
  /** The data, too: what was written since the update is no longer there. */
  state: boolean;
}

/**
 * Brings the system before the last update back; done twice, the newer one is there again. Throws `instance/no-previous`,
 * `instance/unwell`.
 */
export async function rollBackMachine(context: PipelineContext, request: RollbackRequest): Promise<ReplaceResult> {
  const replaced = await withMachine(context, request.name, async (instance) => {
    const manifest = await instance.manifest();
    const { previous } = manifest;
    if (!previous) throw noPrevious(instance);
    const { stateSnapshot, ...system } = previous;
    if (request.state && stateSnapshot === undefined) throw noPreviousState(instance);
    return replaceSystem(context, instance, request, async () => {
      const next: Record<string, NextFile> = {
        [files.system]: { link: files.previousSystem },
        [files.previousSystem]: { link: files.system },
      };
      let kept = stateSnapshot;
      if (request.state && stateSnapshot !== undefined) {
        kept = await keepState(instance);
        next[files.state] = await overlay(instance, stateSnapshot);
      }
      return { next, manifest: withSystem(manifest, system, kept), stateSnapshot: request.state ? kept : undefined };
    });
  });
  return finishReplacement(context, replaced);
}

/** What is to be written, with a name for the data as they are now where they are kept. */
interface Replacement {
  next: Record<string, NextFile>;
  manifest: Omit<Manifest, 'schema'>;
  stateSnapshot: string | undefined;
}

/** `pending`: the host does it by itself. */
type Replaced = ReplaceResult | { pending: Instance; token: string; manifest: Omit<Manifest, 'schema'>; patience: number };

/** Waits for what the host does by itself. Throws `instance/unwell`, `instance/changed-meanwhile`. */
async function finishReplacement(context: PipelineContext, replaced: Replaced): Promise<ReplaceResult> {
  if (!('pending' in replaced)) return replaced;
  const health = await followSwitch(replaced.pending, replaced.token, replaced.patience, context);
  await withMachine(context, replaced.pending.name, (instance) => mergeFormerStates(context, instance));
  if (context.host) await cleanHost(context.host);
  return { image: replaced.manifest.image, health };
}

/** Stops the machine, replaces its system, and starts it if it ran. */
async function replaceSystem(
  context: PipelineContext,
  instance: Instance,
  request: Pick<UpdateRequest, 'stop' | 'patience' | 'url'>,
  plan: () => Promise<Replacement>,
): Promise<Replaced> {
  const ran = await instance.isRunning();
  if (ran && context.host) {
    const replacement = await plan();
    const token = await startSwitch(context, instance, replacement, request);
    return { pending: instance, token, manifest: replacement.manifest, patience: request.stop.timeout + request.patience };
  }
  if (ran) await powerOffMachine(instance, request.stop, context.signal);
  let system: System;
  try {
    const { next, manifest } = await plan();
    await replaceDisks(instance, next, manifest);
    system = manifest;
  } catch (error) {
    // The old machine, as it was.
    if (ran) await startLocked(context, instance);
    throw error;
  }
  await keepImage(context, instance, system.image);
  await mergeFormerStates(context, instance);
  if (!ran) {
    await refreshScript(context, instance);
    return { image: system.image, health: 'stopped' };
  }
  return { image: system.image, health: await startAndWait(context, instance, system.state, request.patience) };
}

/** Has the host do it: it goes on, and back if need be, when the link to us is lost. */
async function startSwitch(
  context: PipelineContext,
  instance: Instance,
  { next, manifest, stateSnapshot }: Replacement,
  { stop, patience, url }: Pick<UpdateRequest, 'stop' | 'patience' | 'url'>,
): Promise<string> {
  const before = await instance.manifest();
  const unwellState = stateSnapshot === undefined ? undefined : nextStateName(stateSnapshot);
  return beginSwitch(instance, {
    next,
    manifest,
    launch: await launchOf(context, instance, { ...manifest, schema: before.schema }),
    back: {
      manifest: { ...before, previous: previousSystem(manifest, unwellState) },
      ...(stateSnapshot !== undefined && { state: await overlay(instance, stateSnapshot) }),
    },
    stopSeconds: Math.ceil(stop.force ? 0 : stop.timeout / 1000),
    wellSeconds: Math.ceil(patience / 1000),
    reports: manifest.health === true,
    url,
    stateSnapshot: unwellState,
  });
}

/** The state of the update before the last one is no longer of use. An update does not fail because of it. */
async function mergeFormerStates(context: PipelineContext, instance: Instance): Promise<void> {
  if (!(await mergeable(instance))) return;
  try {
    if (await instance.isRunning()) await mergeRunning(instance, context.signal);
    else await mergeStates(instance, await qemuOf(context, instance), context.signal);
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    context.onWarning(error.message);
  }
}

/** The machine's manifest with another system; the present one becomes the previous one. */
function withSystem(manifest: Manifest, system: System, stateSnapshot: string | undefined): Manifest {
  const { source: _source, image: _image, state: _state, user: _user, health: _health, switched: _switched, ...rest } = manifest;
  return { ...rest, ...system, previous: previousSystem(manifest, stateSnapshot) };
}

/** A machine's system, as it is noted once another one takes its place; `stateSnapshot`: its data. */
function previousSystem(
  { source, image, state, user, health, switched }: System,
  stateSnapshot: string | undefined,
): NonNullable<Manifest['previous']> {
  return {
    source,
    image,
    ...(state && { state }),
    ...(user !== undefined && { user }),
    ...(health && { health }),
    ...(switched && { switched }),
    ...(stateSnapshot !== undefined && { stateSnapshot }),
  };
}

/** The data disk under the new system: as it is, over a snapshot of now; or a new one. */
async function dataDisks(instance: Instance, manifest: Manifest, state: StateFacts | undefined) {
  const next: Record<string, NextFile> = {};
  let stateSnapshot: string | undefined;
  if (state && manifest.state) {
    stateSnapshot = await keepState(instance);
    next[files.state] = await overlay(instance, stateSnapshot);
  } else if (state) next[files.state] = newDataDisk(parseSize(state.size));
  return { next, stateSnapshot };
}

async function overlay(instance: Instance, backing: string): Promise<Uint8Array> {
  const { virtualSize } = await instance.disk(backing);
  return encodeOverlay({ backing, backingFormat: 'qcow2', virtualSize });
}

/** An empty disk over the new image, no smaller than the present one. */
async function systemOver(instance: Instance, image: DiskImage): Promise<Uint8Array> {
  const present = (await instance.disk(files.system)).virtualSize;
  const virtualSize = Math.max(present, wholeSectors(image.virtualSize));
  return encodeOverlay({ backing: image.path, backingFormat: image.format, virtualSize, image: image.key });
}

/** Resolves when the guest runs commands of its host. Throws `instance/unwell`. */
async function startAndWait(
  context: PipelineContext,
  instance: Instance,
  state: StateFacts | undefined,
  patience: number,
): Promise<'started' | 'well'> {
  await startLocked(context, instance);
  const deadline = monotonicMilliseconds() + patience;
  const askable = state?.guestShell !== false;
  while (askable) {
    const left = Math.max(1, deadline - monotonicMilliseconds());
    try {
      const { status } = await instance.runInGuest(['true'], { timeout: left, patience: left, signal: context.signal });
      if (status === 0) return 'well';
    } catch (error) {
      context.signal?.throwIfAborted();
      if (!(error instanceof BootflakeError)) throw error;
      // Of an image about which nothing is known, silence says nothing.
      if (error.code === 'vm/guest-silent' && !state) return 'started';
    }
    await sleep(500, context.signal);
    const isRunning = await instance.isRunning();
    if (!isRunning || monotonicMilliseconds() > deadline) throw unwell(instance, isRunning, patience);
  }
  return 'started';
}

export function requireDeclared(
  { name, discardChanges }: Pick<UpdateRequest, 'name' | 'discardChanges'>,
  state: StateFacts | undefined,
  image?: string,
): void {
  if (state || discardChanges) return;
  throw new BootflakeError({
    code: 'instance/no-state',
    message:
      image === undefined
        ? `the machine '${name}' has no data disk: everything that was written in it would be left behind`
        : `the image '${image}' declares no state: it would not use the data disk of the machine '${name}'`,
    hint:
      image === undefined
        ? 'Set bootflake.state.enable = true in its configuration and make the machine anew, or leave it behind: --discard-changes'
        : 'Set bootflake.state.enable = true in its configuration, or leave the data behind: --discard-changes',
  });
}

function unwell(instance: Instance, isRunning: boolean, patience: number): BootflakeError {
  return new BootflakeError({
    code: 'instance/unwell',
    message: isRunning
      ? `the new system of the machine '${instance.name}' did not reply within ${Math.round(patience / 1000)} s`
      : `the machine '${instance.name}' ended while its new system started`,
    hint: `See what it shows: ${instance.command('log')}. The system before is brought back by: ${instance.command('rollback')}`,
  });
}

function noPrevious(instance: Instance): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-previous',
    message: `the machine '${instance.name}' has had no other system that could be brought back`,
    hint: `There is one after: ${instance.command('update')}`,
  });
}

function noPreviousState(instance: Instance): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-previous',
    message: `the data of the machine '${instance.name}' were not kept at its last update, because it had no data disk`,
    hint: `Bring back the system alone: ${instance.command('rollback')}`,
  });
}
