/**
 * Writes distro/pkgs/package-accounts.json: the accounts and folders that Debian's packages expect and their maintainer scripts would
 * make. The scripts are read as data (commands.ts); none is run. An earlier suite adds what a later one does not have.
 *
 *     node --import tsx scripts/package-accounts/main.ts trixie forky bookworm [--mirror URL]
 *
 * With names after `--only`, the facts of those packages are printed instead.
 */
import { writeFileSync } from 'node:fs';
import { listsOf, ownersOf, packagesOf, scriptsOf, type Listed } from './archive.ts';
import { factsOf, type PackageFacts } from './facts.ts';

const args = process.argv.slice(2);
const only = args.includes('--only') ? args.splice(args.indexOf('--only')).slice(1) : undefined;
const mirror = args.includes('--mirror') ? args.splice(args.indexOf('--mirror'), 2)[1]! : 'http://deb.debian.org/debian';

/** The accounts of every system, which users-groups.nix has. */
const everywhere = new Set(
  'base-passwd dbus-system-bus-common systemd systemd-resolved systemd-timesyncd udev openssh-client openssh-server polkitd passwd'.split(
    ' ',
  ),
);
/** What scripts do in ways that cannot be read: by find and xargs, or by programs of their own. */
const besides: Record<string, Partial<PackageFacts>> = {
  'mariadb-server': { folders: ['d /var/lib/mysql 0755 mysql mysql', 'd /var/log/mysql 2750 mysql adm'] },
  'samba-common': { folders: ['d /var/log/samba 0755 root adm'] },
  slapd: { folders: ['d /var/lib/slapd 0755 openldap openldap'] },
};

async function factsIn(suite: string): Promise<Map<string, PackageFacts>> {
  const packages = await packagesOf(mirror, suite);
  const { units, lists } = only ? { units: new Set(only), lists: new Set(only) } : await ownersOf(mirror, suite);
  const wanted = packages.filter(
    ({ name, depends }) =>
      (only === undefined || only.includes(name)) &&
      !everywhere.has(name) &&
      (units.has(name) || lists.has(name) || /\b(?:adduser|sysusers|passwd)\b/.test(depends)),
  );
  const found = new Map<string, PackageFacts>();
  const read = async (listed: Listed) => {
    const facts = factsOf(await scriptsOf(mirror, listed), lists.has(listed.name) ? await listsOf(mirror, listed) : []);
    if (Object.keys(facts.users).length > 0 || facts.groups.length > 0 || facts.folders.length > 0) found.set(listed.name, facts);
  };
  const queue = [...wanted];
  await Promise.all(
    Array.from({ length: 24 }, async () => {
      for (let next = queue.pop(); next; next = queue.pop()) await read(next);
    }),
  );
  return found;
}

const table = new Map<string, PackageFacts>();
for (const suite of args) for (const [name, facts] of await factsIn(suite)) if (!table.has(name)) table.set(name, facts);
const lines = [...table]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, { users, groups, folders: own }]) => {
    const added = besides[name]?.folders ?? [];
    const places = new Set(added.map((line) => line.split(' ')[1]));
    const folders = [...own.filter((line) => !places.has(line.split(' ')[1])), ...added].sort();
    const given = {
      users: Object.keys(users).length > 0 ? users : undefined,
      groups: groups.length > 0 ? groups : undefined,
      folders: folders.length > 0 ? folders : undefined,
    };
    return `  ${JSON.stringify(name)}: ${JSON.stringify(given)}`;
  });
const text = `{\n${lines.join(',\n')}\n}\n`;
if (only) process.stdout.write(text);
else writeFileSync('distro/pkgs/package-accounts.json', text);
