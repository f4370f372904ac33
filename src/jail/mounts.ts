/**
 * What is mounted before bubblewrap begins, with one `mount -a`. bubblewrap reads the list of all mounts after each of its own, so that its
 * time grows with their square: 500 folders took it 2.2 s, and 0.5 s this way. It also cannot mount what its user cannot reach, as a store
 * below root's home.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { JailBind } from './description.ts';
import type { InputMount } from './folder.ts';

/** Up to so many bubblewrap is quicker alone. */
export const MOST_DIRECT = 24;

/** Returns the lines of fstab(5) that mount the inputs into `store` of a run's folder. */
export function inputLines(folder: string, inputs: readonly InputMount[]): string[] {
  const [first] = inputs;
  if (first === undefined) return [];
  // In a user namespace, flags of the file system cannot be left out of a mount of a part of it.
  const options = ['bind', 'ro', 'nosuid', 'nodev', ...lockedFlags(first.source)].join(',');
  return inputs.map(({ source, name }) => line(source, `${folder}/store/${name}`, options));
}

/** Mounts a file of the host at a mount point below `extra`. */
export function extraLine({ source, writable }: JailBind, place: string): string {
  const options = writable ? ['rbind'] : ['bind', 'ro', 'nosuid', 'nodev'];
  return line(source, place, options.join(','));
}

/** Shows the run's folder where any user may reach it. */
export function windowLine(folder: string, window: string): string {
  return line(folder, window, 'rbind');
}

/** Returns a folder of every host, to mount over in a namespace of our own; none of the paths is in it. */
export function windowFolder(paths: readonly string[]): string | undefined {
  return ['/mnt', '/media', '/srv', '/opt', '/home', '/run'].find(
    (folder) =>
      statSync(folder, { throwIfNoEntry: false })?.isDirectory() && !paths.some((path) => path === folder || path.startsWith(`${folder}/`)),
  );
}

/** fstab(5) has spaces, tabs, line breaks and backslashes as octal numbers. */
function line(source: string, target: string, options: string): string {
  const escaped = (path: string): string => path.replace(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return `${escaped(source)} ${escaped(target)} none ${options} 0 0`;
}

/** Whether the mount that holds a path forbids programs, which a mount of a part of it must then do too. */
function lockedFlags(path: string): string[] {
  let [longest, found] = ['', ''];
  for (const mount of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [, , , , point = '', flags = ''] = mount.split(' ');
    const within = point === '/' || path === point || path.startsWith(`${point}/`);
    if (within && point.length >= longest.length) [longest, found] = [point, flags];
  }
  return found.split(',').filter((flag) => flag === 'noexec');
}

export function extraName(index: number, { target }: JailBind): string {
  return `${index}-${basename(target).replace(/[^A-Za-z0-9._-]/g, '_')}`;
}
