/**
 * Compares what a configuration put into /etc with what is effective after a boot: files, links, owners and modes; kernel parameters;
 * settings of systemd, which drop-ins may override; and which file each unit is read from.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Shell code for the guest, run by a user who may use sudo; its output is what `etcDifferences` reads. */
export const etcReport = `
  echo "@etc $(readlink /etc/static)"
  sudo find /etc -mindepth 1 -printf '%y|%P|%l|%m|%U:%G\\n'
  cd /etc
  echo "@sums"; { find static/ ! -type d -printf '%P\\n'; cut -d' ' -f3- "$(readlink static)/../copies.list"; } |
    sudo xargs -d '\\n' sha256sum 2> /dev/null
  echo "@sysctl"; cut -d= -f1 sysctl.d/60-nixos.conf | while read key; do
    # A pattern is for all interfaces; it is compared with what new ones begin with.
    echo "$key=$(sudo sysctl -n "$(echo "$key" | sed 's/[*]/default/')")"
  done
  for file in static/systemd/*.conf; do echo "@config systemd/\${file##*/}"; systemd-analyze cat-config "systemd/\${file##*/}"; done
  echo "@units"
  systemctl show -p Id,FragmentPath,DropInPaths $(cd static/systemd/system; find . -maxdepth 1 -type f ! -name '*@*' -printf '%P\\n')
  echo "@end"
`;

type Sections = Map<string, string[]>;

function sectionsOf(report: string): Sections {
  const sections: Sections = new Map();
  for (const line of report.replaceAll('\r', '').split('\n')) {
    if (line.startsWith('@')) sections.set(line.slice(1), []);
    else [...sections.values()].at(-1)?.push(line);
  }
  return sections;
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Everything below a folder except folders, as paths relative to it. */
const leaves = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .sort();

/** `Section.Key` in a settings file; the last one of a name counts. */
function settingsOf(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of text.split('\n')) {
    const title = /^\[(.*)\]$/.exec(line)?.[1];
    const setting = /^([A-Za-z]\w*)=(.*)$/.exec(line);
    if (title !== undefined) section = title;
    else if (setting) settings.set(`${section}.${setting[1]}`, setting[2]!);
  }
  return settings;
}

/** One line for each difference; empty when everything is as generated. `root` is where the store is on this machine. */
export function etcDifferences(report: string, root: string): string[] {
  const sections = sectionsOf(report);
  if (!sections.has('end')) return [`the report is not whole:\n${report.slice(-2000)}`];
  const [title, listing] = [...sections].find(([name]) => name.startsWith('etc '))!;
  const generated = root + title.slice('etc '.length).replace(/\/etc$/, '');
  const etc = join(generated, 'etc');
  return [
    ...fileDifferences(generated, listing, sections.get('sums')!),
    ...sysctlDifferences(readFileSync(join(etc, 'sysctl.d/60-nixos.conf'), 'utf8'), sections.get('sysctl')!),
    ...readdirSync(join(etc, 'systemd'))
      .filter((name) => name.endsWith('.conf'))
      .flatMap((name) => configDifferences(etc, `systemd/${name}`, sections)),
    ...unitDifferences(sections.get('units')!),
  ];
}

function fileDifferences(generated: string, listing: string[], sums: string[]): string[] {
  const there = new Map(
    listing.map((line) => line.split('|')).map(([type, path, target, mode, owner]) => [path, { type, target, mode, owner }]),
  );
  const sumOf = new Map(sums.map((line) => [line.slice(66), line.slice(0, 64)]));
  const differences: string[] = [];
  const expect = (path: string, what: string, expected: unknown, actual: unknown) => {
    if (expected !== actual) differences.push(`/etc/${path}: ${what} is ${String(actual)}, generated was ${String(expected)}`);
  };
  const etc = join(generated, 'etc');
  for (const path of leaves(etc)) {
    const found = there.get(path);
    expect(path, 'its kind', 'l', found?.type);
    expect(path, 'the target', `/etc/static/${path}`, found?.target);
    const isLink = linkTarget(join(etc, path));
    if (isLink === undefined) expect(path, 'the content', sha256(join(etc, path)), sumOf.get(path));
  }
  for (const line of readFileSync(join(generated, 'copies.list'), 'utf8').split('\n').filter(Boolean)) {
    const [, mode, owner, path] = /^(\S+) (\S+) (.+)$/.exec(line) as unknown as [string, string, string, string];
    const found = there.get(path);
    expect(path, 'its kind', 'f', found?.type);
    expect(path, 'the mode', mode.replace(/^0+/, ''), found?.mode);
    if (/^\+\d+:\+\d+$/.test(owner)) expect(path, 'the owner', owner.replaceAll('+', ''), found?.owner);
    expect(path, 'the content', sha256(join(generated, 'copies', path)), sumOf.get(path));
  }
  return differences;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function sysctlDifferences(wanted: string, actual: string[]): string[] {
  const words = (text = '') => text.trim().split(/\s+/);
  const values = new Map(actual.map((line) => [line.slice(0, line.indexOf('=')), words(line.slice(line.indexOf('=') + 1))]));
  return wanted
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const key = line.slice(0, line.indexOf('='));
      const expected = words(line.slice(line.indexOf('=') + 1));
      // The kernel shows more numbers than were set for some parameters.
      const found = (values.get(key) ?? []).slice(0, expected.length);
      return found.join(' ') === expected.join(' ') ? [] : [`${key} is ${found.join(' ')}, generated was ${expected.join(' ')}`];
    });
}

function configDifferences(etc: string, name: string, sections: Sections): string[] {
  const counting = settingsOf((sections.get(`config ${name}`) ?? []).join('\n'));
  return [...settingsOf(readFileSync(join(etc, name), 'utf8'))]
    .filter(([key, value]) => counting.get(key) !== value)
    .map(([key, value]) => `${name}: ${key} is ${counting.get(key)}, generated was ${value}`);
}

function unitDifferences(lines: string[]): string[] {
  return lines
    .join('\n')
    .split(/\n\n+/)
    .filter((unit) => unit.includes('Id='))
    .flatMap((unit) => {
      const fact = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1] ?? '';
      const id = fact('Id');
      const fromPackage = fact('DropInPaths')
        .split(' ')
        .filter((path) => path.startsWith(`/usr/lib/systemd/system/${id}.d/`));
      return [
        ...(fact('FragmentPath') === `/etc/systemd/system/${id}` ? [] : [`${id} is read from ${fact('FragmentPath')}`]),
        ...fromPackage.map((path) => `${id} is changed by ${path}`),
      ];
    });
}
