/**
 * The folder of a run, on the store's file system:
 *
 *     store/   becomes /nix/store: the mount points of the inputs, and what the program makes
 *     build/   becomes /build
 *     tmp/     becomes /tmp
 *     etc/     becomes /etc
 *     extra/   mount points for files of the host, where its own paths are out of reach for the program's user
 *     run/     the arguments and the script that begin it
 *
 * Where the program runs as another user than we, that user may enter the folder and owns `build`; /nix/store has the sticky bit, so that
 * inputs cannot be replaced.
 */
import fs from 'node:fs';
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { removeTrees } from '../system/remove-trees.ts';
import type { JailDescription, JailInput } from './description.ts';
import { writeEtc } from './etc-files.ts';
import type { HostIdentity } from './identity.ts';
import { removeFolders, takeMountPoints } from './mount-points.ts';

/** A store path that must be mounted, as it cannot be linked. */
export interface InputMount {
  source: string;
  /** Below `store`. */
  name: string;
}

/** Makes the folder; returns what must be mounted in it. `identity`: the program's user, if it is not ours. */
export function makeJailFolder(description: JailDescription, identity: HostIdentity | undefined): InputMount[] {
  const { folder, files } = description;
  fs.mkdirSync(folder, { mode: 0o700 });
  const present = takeMountPoints(description);
  for (const name of ['build', 'tmp', 'extra', 'run']) fs.mkdirSync(`${folder}/${name}`, { mode: 0o700 });
  writeEtc(`${folder}/etc`, description);
  for (const [name, bytes] of files) {
    const file = `${folder}/build/${checkedName(name)}`;
    fs.writeFileSync(file, Buffer.from(bytes, 'latin1'), { flag: 'wx' });
    fs.chmodSync(file, 0o644);
    if (identity) fs.chownSync(file, identity.uid, identity.gid);
  }
  fs.chmodSync(`${folder}/tmp`, 0o1777);
  const mounts = placeInputs(`${folder}/store`, description.inputs, present, identity !== undefined);
  if (identity) {
    fs.chownSync(`${folder}/build`, identity.uid, identity.gid);
    for (const name of ['', '/store']) fs.chownSync(`${folder}${name}`, 0, identity.gid);
    fs.chmodSync(folder, 0o710);
    fs.chmodSync(`${folder}/extra`, 0o755);
  }
  fs.chmodSync(`${folder}/store`, 0o1775);
  return mounts;
}

/** Removes a run's folder once the program has ended. Its tree may be deeper than a path can be long, or unreadable. */
export async function removeJailFolder(folder: string): Promise<void> {
  try {
    await removeOwnParts(folder);
    await removeTrees([folder]);
  } catch {
    await run('chmod', ['-R', 'u+rwX', '--', folder]);
    await run('rm', ['-rf', '--', folder]);
  }
}

/** Our own few files, and the mount points. What the program made among those is removed as the rest. */
async function removeOwnParts(folder: string): Promise<void> {
  for (const name of ['etc', 'extra', 'run']) fs.rmSync(`${folder}/${name}`, { recursive: true, force: true });
  const store = `${folder}/store`;
  const entries = fs.existsSync(store) ? fs.readdirSync(store, { withFileTypes: true }) : [];
  for (const entry of entries) if (!entry.isDirectory()) fs.unlinkSync(`${store}/${entry.name}`);
  await removeFolders(entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${store}/${name}`));
}

function run(program: string, args: string[]): Promise<void> {
  return new Promise((done) => {
    const child = spawn(program, args, { stdio: 'ignore' });
    child.on('error', () => done());
    child.on('close', () => done());
  });
}

/** Names come from derivations. */
function checkedName(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) throw new Error(`'${name}' is not a name for a file`);
  return Buffer.from(name, 'latin1').toString('utf8');
}

/**
 * Links where that is safe: a file that belongs to another user than the program's cannot be changed through a link. For a program of our
 * own user all is mounted, read-only.
 */
function placeInputs(store: string, inputs: readonly JailInput[], present: ReadonlySet<string>, othersFiles: boolean): InputMount[] {
  const mounts: InputMount[] = [];
  for (const { logical, physical, kind } of inputs) {
    const name = basename(logical);
    const place = `${store}/${name}`;
    if (kind === 'symlink') placeSymlink(physical, place);
    else if (kind === 'regular' && othersFiles && linked(physical, place)) continue;
    else {
      if (kind === 'directory') {
        if (!present.has(name)) fs.mkdirSync(place);
      } else fs.writeFileSync(place, '', { flag: 'wx' });
      mounts.push({ source: physical, name });
    }
  }
  return mounts;
}

function placeSymlink(physical: string, place: string): void {
  fs.symlinkSync(fs.readlinkSync(physical, 'buffer'), place);
  fs.lutimesSync(place, 1, 1);
}

/** A file has a limited number of links, and belongs to one file system. */
function linked(physical: string, place: string): boolean {
  try {
    fs.linkSync(physical, place);
    return true;
  } catch {
    return false;
  }
}
