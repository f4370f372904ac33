/**
 * Replaces several disks of a stopped machine and its manifest together: an update, a roll-back, a restored snapshot. What is new is first
 * written beside what is there, as FILE.next, the manifest last. From that moment on, it is finished by what comes next: a later command,
 * or the machine's own script. Until then, what was written is removed. So a machine is the old or the new one, whenever we are killed.
 */
import fs from 'node:fs';
import { BootflakeError } from '../base/errors.ts';
import { listNames } from '../system/file-operations.ts';
import { readImage } from '../vm/image.ts';
import type { Instance } from './instance.ts';
import { instanceFiles as files } from './launch-script.ts';
import { manifestName, writeManifest, type Manifest } from './manifest.ts';

const suffix = '.next';

/** New contents of a file, or the name of one in the folder that becomes it. */
export type NextFile = Uint8Array | { link: string };

/** For a machine that is settled, whose lock the caller has. Throws `instance/running`. */
export function replaceDisks(instance: Instance, next: Record<string, NextFile>, manifest: Omit<Manifest, 'schema'>): void {
  instance.requireStopped('its disks cannot be replaced now');
  try {
    for (const [name, contents] of Object.entries(next)) {
      const file = instance.file(`${name}${suffix}`);
      if ('link' in contents) fs.linkSync(instance.file(contents.link), file);
      else writeDurably(file, contents);
    }
    writeManifest(instance.folder, manifest, `${manifestName}.decided`);
    syncFile(instance.file(`${manifestName}.decided`));
    syncFile(instance.folder);
    fs.renameSync(instance.file(`${manifestName}.decided`), instance.file(`${manifestName}${suffix}`));
  } catch (error) {
    settle(instance);
    throw error;
  }
  syncFile(instance.folder);
  settle(instance);
}

/** Finishes a replacement that was decided, else removes what was prepared for one. For a machine that does not run. */
export function settle(instance: Instance): void {
  const pending = listNames(instance.folder).filter((name) => name.endsWith(suffix) && name !== manifestName + suffix);
  if (fs.existsSync(instance.file(manifestName + suffix))) {
    for (const name of pending) fs.renameSync(instance.file(name), instance.file(name.slice(0, -suffix.length)));
    fs.renameSync(instance.file(manifestName + suffix), instance.file(manifestName));
    syncFile(instance.folder);
  } else {
    for (const name of pending) fs.rmSync(instance.file(name));
    // Of a snapshot that was interrupted.
    for (const name of listNames(instance.folder)) if (name.endsWith('.qcow2.new')) fs.rmSync(instance.file(name));
    fs.rmSync(instance.file(`${manifestName}.decided`), { force: true });
  }
  removeUnused(instance);
}

/** Gives the state disk, as it is now, a name of its own, over which its next contents lie. Returns that name. */
export function keepState(instance: Instance): string {
  const numbers = stateSnapshots(instance).map((name) => Number(/\d+/.exec(name)?.[0]));
  const name = `state-${Math.max(0, ...numbers) + 1}.qcow2`;
  fs.linkSync(instance.file(files.state), instance.file(name));
  return name;
}

function stateSnapshots(instance: Instance): string[] {
  return listNames(instance.folder).filter((name) => /^state-\d+\.qcow2$/.test(name));
}

/** States of former updates that neither a disk nor a way back needs any more. */
function removeUnused(instance: Instance): void {
  const kept = stateSnapshots(instance);
  const manifest = manifestOf(instance);
  if (kept.length === 0 || !manifest) return;
  const needed = new Set<string | undefined>([manifest.previous?.stateSnapshot]);
  for (const name of listNames(instance.folder))
    if (name.endsWith('.qcow2') && !kept.includes(name)) needed.add(backingName(instance, name));
  for (let before = -1; before !== needed.size; ) {
    before = needed.size;
    for (const name of kept) if (needed.has(name)) needed.add(backingName(instance, name));
  }
  for (const name of kept) if (!needed.has(name)) fs.rmSync(instance.file(name));
}

/** A machine whose manifest is damaged keeps everything. */
function manifestOf(instance: Instance): Manifest | undefined {
  try {
    return instance.manifest();
  } catch (error) {
    if (error instanceof BootflakeError) return undefined;
    throw error;
  }
}

function backingName(instance: Instance, name: string): string | undefined {
  return readImage(instance.file(name)).backing;
}

function writeDurably(file: string, contents: Uint8Array): void {
  fs.writeFileSync(file, contents, { mode: 0o600 });
  syncFile(file);
}

/** Returns when a file, or the names in a folder, are on the disk. */
export function syncFile(path: string): void {
  const file = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}
