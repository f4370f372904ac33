/**
 * The mount points of ended runs, for later runs with the same inputs. Derivations that are built one after the other have most inputs in
 * common, and removing hundreds of folders to make them again takes longer than the rest of a small build: ext4 searches for an inode that
 * was not removed within the last seconds. Only empty folders that we made are kept, each of which was covered by a mount while a program
 * ran.
 */
import fs from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { JailDescription } from './description.ts';

/** A folder like `store` of a run's folder, with nothing but mount points. */
interface Spare {
  store: string;
  names: Set<string>;
}

/** By the parent of the runs' folders. */
const spares = new Map<string, Spare[]>();
/** Fewer are made as quickly as they are kept. */
const LEAST = 24;
/** For runs at the same time; the oldest goes first. */
const MOST_SPARES = 4;
let kept = 0;

/**
 * Makes the folder `store` of a new run, with the mount points of an ended one if at least half of those are inputs. Returns the names of
 * the inputs that have one.
 */
export function takeMountPoints({ folder, inputs }: JailDescription): ReadonlySet<string> {
  const place = `${folder}/store`;
  const wanted = folderNames(inputs);
  const all = spares.get(dirname(folder)) ?? [];
  const common = ({ names }: Spare): number => [...names].reduce((sum, name) => sum + Number(wanted.has(name)), 0);
  const best = all.map((spare) => ({ spare, count: common(spare) })).sort((a, b) => b.count - a.count)[0];
  if (best !== undefined && best.count * 2 >= best.spare.names.size) {
    const { store, names } = best.spare;
    all.splice(all.indexOf(best.spare), 1);
    try {
      for (const name of names) if (!wanted.has(name)) fs.rmdirSync(`${store}/${name}`);
      fs.renameSync(store, place);
      return new Set([...names].filter((name) => wanted.has(name)));
    } catch {
      // Somebody has changed it: it is left to who cleans the parent.
    }
  }
  fs.mkdirSync(place, { mode: 0o700 });
  return new Set();
}

/** Keeps the mount points of a run that has ended. Everything else of it stays in its folder, which the caller removes. */
export function keepMountPoints({ folder, inputs }: JailDescription): void {
  const store = `${folder}/store`;
  const made = folderNames(inputs);
  if (made.size < LEAST) return;
  const names = new Set<string>();
  try {
    // The program's user may no longer enter it.
    fs.chmodSync(store, 0o700);
    fs.mkdirSync(`${folder}/rest`, { mode: 0o700 });
    for (const entry of fs.readdirSync(store, { withFileTypes: true })) {
      if (entry.isDirectory() && made.has(entry.name)) names.add(entry.name);
      else fs.renameSync(`${store}/${entry.name}`, `${folder}/rest/${entry.name}`);
    }
    const parent = dirname(folder);
    const all = spares.get(parent) ?? [];
    spares.set(parent, all);
    const oldest = all.length >= MOST_SPARES ? all.shift() : undefined;
    if (oldest) fs.renameSync(oldest.store, `${folder}/oldest`);
    const place = `${parent}/mount-points-${kept++}`;
    fs.renameSync(store, place);
    all.push({ store: place, names });
  } catch {
    // What the program made is in the way: all of it is removed with the folder.
  }
}

/** Directories that are removed at once: a file system waits for its disk at each. */
const AT_ONCE = 32;

/** Removes what is kept for runs whose folders are in `parent`. */
export async function removeMountPoints(parent: string): Promise<void> {
  const all = spares.get(parent) ?? [];
  spares.delete(parent);
  for (const { store, names } of all) {
    await removeFolders([...names].map((name) => `${store}/${name}`));
    await removeFolders([store]);
  }
}

/** Removes empty folders. Others are left. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  for (let at = 0; at < folders.length; at += AT_ONCE)
    await Promise.all(folders.slice(at, at + AT_ONCE).map((path) => rmdir(path).catch(() => {})));
}

function folderNames(inputs: JailDescription['inputs']): Set<string> {
  return new Set(inputs.flatMap(({ kind, logical }) => (kind === 'directory' ? basename(logical) : [])));
}
