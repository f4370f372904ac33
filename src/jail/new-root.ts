/**
 * The host's own files with another /nix/store, and with Debian's /usr if wanted, for programs that a user runs: the network, the devices,
 * the processes and the terminal are the host's. Nix makes the same root for a store that is not at /nix/store.
 */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';

export interface NewRoot {
  /** The folder of the host that becomes /nix/store, read-only. */
  store: string;
  /** A merged tree of Debian's packages: the folder of the host that holds `usr`, and its path in the store. */
  distribution?: { source: string; path: string } | undefined;
  /** Where the program starts. */
  cwd: string;
}

/** The links of a merged /usr. */
const usrLinks = ['bin', 'sbin', 'lib', 'lib64'];

/** Where the host's own /etc is beside Debian's: relative links in it keep their meaning one level below the root. */
const HOST_ETC = '/.etc';

/** Files in /etc that belong to the libraries and programs in /usr. */
const ofUsr = /^(?:alternatives|ld\.so\..*)$/;

/** Returns bubblewrap's options, without the program. */
export function newRootOptions({ store, distribution, cwd }: NewRoot): string[] {
  const left = new Set(['nix', ...(distribution ? ['usr', 'etc', 'lib32', 'libx32', 'libo32', ...usrLinks] : [])]);
  return [
    '--die-with-parent',
    ...hostEntries('/', left),
    ...(distribution ? debianUsr(distribution) : []),
    ...['--dir', '/nix'],
    ...hostEntries('/nix', new Set(['store'])),
    ...['--ro-bind', store, '/nix/store', '--chdir', cwd],
  ];
}

function debianUsr({ source, path }: { source: string; path: string }): string[] {
  const [host, debian] = [namesIn('/etc'), namesIn(`${source}/etc`)];
  const fromHost = host.filter((name) => !ofUsr.test(name));
  const fromDebian = debian.filter((name) => ofUsr.test(name) || !host.includes(name));
  return [
    ...['--ro-bind', `${source}/usr`, '/usr'],
    ...usrLinks.flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...['--dev-bind', '/etc', HOST_ETC, '--dir', '/etc'],
    ...fromHost.flatMap((name) => ['--symlink', `..${HOST_ETC}/${name}`, `/etc/${name}`]),
    ...fromDebian.flatMap((name) => ['--symlink', `${path}/etc/${name}`, `/etc/${name}`]),
  ];
}

/** Shows the folders of a folder of the host, and its links. As in Nix, its files are left out. */
function hostEntries(folder: string, left: ReadonlySet<string>): string[] {
  return namesIn(folder).flatMap((name) => {
    if (left.has(name)) return [];
    const path = `${folder === '/' ? '' : folder}/${name}`;
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (facts?.isSymbolicLink()) return ['--symlink', readlinkSync(path), path];
    return facts?.isDirectory() ? ['--dev-bind-try', path, path] : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
