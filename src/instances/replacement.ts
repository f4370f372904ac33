/**
 * Replaces several disks of a stopped machine and its manifest together: an update, a roll-back, a restored snapshot. What is new is first
 * written beside what is there, as FILE.next, the manifest last. From that moment on, it is finished by what comes next: a later command,
 * or the machine's own script. Until then, what was written is removed. So a machine is the old or the new one, whenever we are killed.
 */
import { BootflakeError } from '../base/errors.ts';
import type { Instance } from './instance.ts';
import { instanceFiles as files } from './launch-script.ts';
import { manifestName, writeManifest, type Manifest } from './manifest.ts';

const suffix = '.next';

/** New contents of a file, or the name of one in the folder that becomes it. */
export type NextFile = Uint8Array | { link: string };

/** For a machine that is settled, whose lock the caller has. Throws `instance/running`. */
export async function replaceDisks(instance: Instance, next: Record<string, NextFile>, manifest: Omit<Manifest, 'schema'>): Promise<void> {
  await instance.requireStopped('its disks cannot be replaced now');
  await prepareReplacement(instance, next, manifest);
  try {
    await instance.host.rename(instance.file(`${manifestName}.decided`), instance.file(`${manifestName}${suffix}`));
  } catch (error) {
    await settle(instance);
    throw error;
  }
  await instance.host.sync(instance.folder);
  await settle(instance);
}

/** Writes everything of a replacement, which is decided once the manifest that is prepared has the name MANIFEST.next. */
export async function prepareReplacement(
  instance: Instance,
  next: Record<string, NextFile>,
  manifest: Omit<Manifest, 'schema'>,
): Promise<void> {
  const { host } = instance;
  const decided = instance.file(`${manifestName}.decided`);
  try {
    for (const [name, contents] of Object.entries(next)) {
      const file = instance.file(`${name}${suffix}`);
      if ('link' in contents) await host.link(instance.file(contents.link), file);
      else {
        await host.write(file, contents);
        await host.sync(file);
      }
    }
    await writeManifest(host, instance.folder, manifest, `${manifestName}.decided`);
    await host.sync(decided);
    await host.sync(instance.folder);
  } catch (error) {
    await settle(instance);
    throw error;
  }
}

/** Removes what was prepared for a replacement of a running machine that was never decided. For who has the lock. */
export async function discardPrepared(instance: Instance): Promise<void> {
  const names = await instance.names();
  if (names.includes(manifestName + suffix)) return;
  for (const name of names)
    if (name.endsWith(suffix) || name === `${manifestName}.decided`) await instance.host.remove(instance.file(name));
}

/** Finishes a replacement that was decided, else removes what was prepared for one. For a machine that does not run. */
export async function settle(instance: Instance): Promise<void> {
  const { host } = instance;
  const names = await instance.names();
  const pending = names.filter((name) => name.endsWith(suffix) && name !== manifestName + suffix);
  if (names.includes(manifestName + suffix)) {
    for (const name of pending) await host.rename(instance.file(name), instance.file(name.slice(0, -suffix.length)));
    await host.rename(instance.file(manifestName + suffix), instance.file(manifestName));
    await host.sync(instance.folder);
  } else {
    // Also of a snapshot that was interrupted.
    for (const name of names)
      if (pending.includes(name) || name.endsWith('.qcow2.new') || name === `${manifestName}.decided`)
        await host.remove(instance.file(name));
  }
  await removeUnused(instance);
}

/** Gives the state disk, as it is now, a name of its own, over which its next contents lie. Returns that name. */
export async function keepState(instance: Instance): Promise<string> {
  const numbers = stateSnapshots(await instance.names()).map((name) => Number(/\d+/.exec(name)?.[0]));
  const name = `state-${Math.max(0, ...numbers) + 1}.qcow2`;
  await instance.host.link(instance.file(files.state), instance.file(name));
  return name;
}

/** The name after that of a state. */
export function nextStateName(name: string): string {
  return `state-${Number(/\d+/.exec(name)?.[0]) + 1}.qcow2`;
}

function stateSnapshots(names: readonly string[]): string[] {
  return names.filter((name) => /^state-\d+\.qcow2$/.test(name));
}

/** States of former updates that neither a disk nor a way back needs any more. */
async function removeUnused(instance: Instance): Promise<void> {
  const names = await instance.names();
  const kept = stateSnapshots(names);
  const manifest = kept.length === 0 ? undefined : await manifestOf(instance);
  if (!manifest) return;
  const needed = new Set<string | undefined>([manifest.previous?.stateSnapshot]);
  for (const name of names) if (name.endsWith('.qcow2') && !kept.includes(name)) needed.add(await backingName(instance, name));
  for (let before = -1; before !== needed.size; ) {
    before = needed.size;
    for (const name of kept) if (needed.has(name)) needed.add(await backingName(instance, name));
  }
  for (const name of kept) if (!needed.has(name)) await instance.host.remove(instance.file(name));
}

/** A machine whose manifest is damaged keeps everything. */
async function manifestOf(instance: Instance): Promise<Manifest | undefined> {
  try {
    return await instance.manifest();
  } catch (error) {
    if (error instanceof BootflakeError) return undefined;
    throw error;
  }
}

async function backingName(instance: Instance, name: string): Promise<string | undefined> {
  return (await instance.disk(name)).backing;
}
