/**
 * The upstream names of Python packages whose Debian package is not called `python3-` plus that name. nixpkgs uses the upstream names in
 * python3Packages.
 *
 *     node --import tsx scripts/python-names.ts CONTENTS...
 *
 * CONTENTS are an archive's Contents-amd64.gz and Contents-all.gz of trixie and bookworm, which list the files of every package: the name
 * comes from the .dist-info or .egg-info folder. Writes distro/pkgs/python-names.nix.
 */
import { createReadStream, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

const place = /^usr\/lib\/python3\/dist-packages\/([^/]+?)-[^-/]+\.(?:dist|egg)-info[ /]/;

/** Packages that nixpkgs names differently from PyPI, and programs that are modules too. */
const others: Record<string, string> = {
  ansible: 'ansible',
  'ansible-core': 'ansible-core',
  black: 'black',
  flit: 'flit',
  'flit-core': 'flit',
  'gst-python': 'python3-gst-1.0',
  httpie: 'httpie',
  memcached: 'python3-memcache',
  opencv4: 'python3-opencv',
  pylint: 'pylint',
  pygobject3: 'python3-gi',
  pytorch: 'python3-torch',
  tkinter: 'python3-tk',
  yamllint: 'yamllint',
};

const normalised = (name: string): string => name.replaceAll(/[-_.]+/g, '-').toLowerCase();

async function* metadataFolders(file: string): AsyncGenerator<[name: string, debianPackage: string]> {
  for await (const line of createInterface(createReadStream(file).pipe(createGunzip()))) {
    const name = place.exec(line)?.[1];
    // A name that begins with _ is a private part of a module.
    if (name === undefined || name.startsWith('_')) continue;
    for (const where of line.slice(line.lastIndexOf(' ') + 1).split(',')) yield [normalised(name), where.slice(where.lastIndexOf('/') + 1)];
  }
}

const packages = new Map<string, Set<string>>();
for (const file of process.argv.slice(2)) {
  for await (const [name, debianPackage] of metadataFolders(file)) packages.set(name, (packages.get(name) ?? new Set()).add(debianPackage));
}

const table = new Map(Object.entries(others));
for (const [name, candidates] of packages) {
  const libraries = [...candidates].filter((candidate) => candidate.startsWith('python3-'));
  if (libraries.length === 1 && libraries[0] !== `python3-${name}`) table.set(name, libraries[0]!);
}
const head = "# Python's names -> Debian's packages, where those are not `python3-NAME'. Written by scripts/python-names.ts.\n";
const lines = [...table].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, debianPackage]) => `  "${name}" = "${debianPackage}";\n`);
writeFileSync('distro/pkgs/python-names.nix', `${head}{\n${lines.join('')}}\n`);
