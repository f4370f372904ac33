/** Makes bubblewrap's arguments from a description. */
import { readdirSync, readlinkSync } from 'node:fs';
import { totalmem } from 'node:os';
import { JAIL_GID, JAIL_UID, STORE_FOLDER, type JailDescription } from './description.ts';

/** Where the parts of a sandbox are for bubblewrap. */
export interface JailPlaces {
  /** The run's folder, as its user reaches it. */
  folder: string;
  /** Inputs that bubblewrap mounts itself. */
  direct: { source: string; name: string }[];
  /** Files of the host. */
  binds: { source: string; target: string; writable: boolean }[];
  /** The descriptors of the filter, undefined for none, and of the status. */
  filter: number | undefined;
  status: number;
  /** Its end is the end of all its processes already, so the program itself may be the first process, as in Nix. */
  inNamespace: boolean;
}

/** The links of a merged /usr. */
const usrLinks = ['bin', 'sbin', 'lib', 'lib64'];

/** Top folders that a sandbox has of its own, even with `hostFiles`. */
const own = ['nix', 'proc', 'dev', 'tmp'];

/** Returns the options, without the environment and the program. */
export function bwrapOptions(description: JailDescription, places: JailPlaces): string[] {
  const { folder } = places;
  const { buildDirectory } = description;
  const build = ['--bind', `${folder}/build`, buildDirectory];
  return [
    ...['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-uts', '--unshare-cgroup-try'],
    ...(description.network === 'none' ? ['--unshare-net'] : []),
    ...['--uid', String(JAIL_UID), '--gid', String(JAIL_GID), '--hostname', 'localhost', '--new-session', '--die-with-parent'],
    ...(places.inNamespace ? ['--as-pid-1'] : []),
    ...(description.hostFiles ? hostFiles(buildDirectory) : ['--ro-bind', `${folder}/etc`, '/etc']),
    ...(description.distribution && !description.hostFiles ? usrLinks.flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]) : []),
    ...parents([STORE_FOLDER, ...places.binds.map(({ target }) => target)], description.hostFiles),
    ...(touchesStore(buildDirectory) ? [] : build),
    ...['--bind', `${folder}/tmp`, '/tmp', '--proc', '/proc', '--dev', '/dev', '--perms', '1777'],
    ...[...sizeOption(description.sharedMemory), '--tmpfs', '/dev/shm'],
    ...bindOptions(places.binds.filter(({ target }) => !touchesStore(target))),
    // As late as possible: bubblewrap reads the list of all mounts for each of its own, and these are most of them.
    ...['--bind', `${folder}/store`, STORE_FOLDER],
    ...places.direct.flatMap(({ source, name }) => ['--ro-bind', source, `${STORE_FOLDER}/${name}`]),
    ...(touchesStore(buildDirectory) ? build : []),
    ...bindOptions(places.binds.filter(({ target }) => touchesStore(target))),
    ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', buildDirectory, '--clearenv'],
    ...(places.filter === undefined ? [] : ['--seccomp', String(places.filter)]),
    ...['--json-status-fd', String(places.status)],
  ];
}

/** Whether what is mounted there would be hidden by the store, or hides a part of it. */
function touchesStore(target: string): boolean {
  return STORE_FOLDER === target || target.startsWith(`${STORE_FOLDER}/`) || STORE_FOLDER.startsWith(`${target}/`);
}

function bindOptions(binds: JailPlaces['binds']): string[] {
  return binds.flatMap(({ source, target, writable }) => [writable ? '--dev-bind' : '--ro-bind', source, target]);
}

/** Folders that bubblewrap makes by itself are closed to others. */
function parents(targets: readonly string[], hostFiles: boolean): string[] {
  const folders = new Set<string>();
  for (const target of targets) {
    const names = target.split('/').slice(1, -1);
    for (let i = 1; i <= names.length; i++) folders.add(`/${names.slice(0, i).join('/')}`);
  }
  // Those of the host's files are there already.
  const made = [...folders].filter((folder) => !hostFiles || /^\/nix(?:\/|$)/.test(folder));
  return made.sort().flatMap((folder) => ['--perms', '0755', '--dir', folder]);
}

/** All that is in the host's root, below a root of the sandbox's own. */
function hostFiles(buildDirectory: string): string[] {
  const left = new Set([...own, buildDirectory.split('/')[1]]);
  return readdirSync('/', { withFileTypes: true })
    .filter(({ name }) => !left.has(name))
    .flatMap((entry) => {
      const path = `/${entry.name}`;
      if (entry.isSymbolicLink()) return ['--symlink', readlinkSync(path), path];
      return entry.isDirectory() ? ['--ro-bind', path, path] : [];
    });
}

/** The kernel's own default is half of the memory. */
function sizeOption(size: string): string[] {
  const [, digits, unit = ''] = /^([0-9]+)([%kmg]?)$/i.exec(size) ?? [];
  if (digits === undefined || size === '50%') return [];
  const bytes =
    unit === '%' ? Math.floor((totalmem() * Number(digits)) / 100) : Number(digits) * 1024 ** ' kmg'.indexOf(unit.toLowerCase() || ' ');
  return ['--size', String(bytes)];
}

/** Returns the options for the environment, as byte strings. A variable is one text, `NAME=VALUE`, and the names may hold anything. */
export function environmentOptions(env: ReadonlyMap<string, string>): string[] {
  return [...env].flatMap(([name, value]) => {
    const [first = '', ...rest] = `${name}=${value}`.split('=');
    return first === '' ? [] : ['--setenv', first, rest.join('=')];
  });
}
