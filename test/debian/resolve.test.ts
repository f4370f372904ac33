import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ArchiveIndex, buildArchiveIndex } from '../../src/debian/archive-index.ts';
import { Catalog } from '../../src/debian/catalog.ts';
import { resolvePackages } from '../../src/debian/resolve.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** `NAME VERSION` and fields, one package per stanza. */
function catalog(text: string): Catalog {
  const packages = text
    .trim()
    .split(/\n\s*\n/)
    .map((stanza) => {
      const [head, ...fields] = stanza
        .trim()
        .split('\n')
        .map((line) => line.trim());
      const [name, version = '1'] = head!.split(' ');
      return [`Package: ${name}`, `Version: ${version}`, 'Architecture: amd64', ...fields, ''].join('\n');
    });
  const bytes = Buffer.concat(
    buildArchiveIndex('trixie', 'amd64', [{ suite: 'trixie', archive: 'debian', text: Buffer.from(packages.join('\n')) }]),
  );
  return new Catalog(new ArchiveIndex((position, length) => bytes.subarray(position, position + length)), 'amd64');
}

const resolve = (text: string, ...roots: string[]) => resolvePackages(catalog(text), roots).join(' ');

test('puts dependencies before their dependents, in cycles too', () => {
  assert.equal(resolve('a\nDepends: b, c\n\nb\nDepends: c\n\nc\nPre-Depends: d\n\nd\nDepends: c', 'a'), 'd c b a');
});

test('ignores Recommends and Suggests', () => {
  assert.equal(resolve('a\nRecommends: b\nSuggests: c\n\nb\n\nc', 'a'), 'a');
});

test('takes the first alternative, unless another is already chosen', () => {
  const text = 'a\nDepends: x | y\n\nb\nDepends: y\n\nx\n\ny';
  assert.equal(resolve(text, 'a'), 'x a');
  assert.equal(resolve(text, 'a', 'b'), 'y a b');
  assert.equal(resolve(text, 'b', 'a'), 'y a b');
});

test('skips an alternative that is missing or too old', () => {
  assert.equal(resolve('a\nDepends: gone | old (>= 2) | c\n\nold 1\n\nc', 'a'), 'c a');
});

test('resolves a virtual package to the real one of that name, then by priority, then by name', () => {
  assert.equal(resolve('a\nDepends: mail\n\nb-mail\nProvides: mail\n\na-mail\nProvides: mail', 'a'), 'a-mail a');
  assert.equal(
    resolve('a\nDepends: mail\n\nb-mail\nProvides: mail\nPriority: standard\n\na-mail\nProvides: mail\nPriority: optional', 'a'),
    'b-mail a',
  );
  assert.equal(resolve('a\nDepends: mail\n\nmail\n\na-mail\nProvides: mail', 'a'), 'mail a');
});

test('a relation with a version needs a Provides with one', () => {
  assert.equal(resolve('a\nDepends: api (>= 2)\n\nold\nProvides: api\n\nnew\nProvides: api (= 3)', 'a'), 'new a');
});

test('honours architecture qualifiers', () => {
  assert.equal(resolve('a\nDepends: b:any, c:amd64, d:i386 | e\n\nb\n\nc\n\nd\n\ne', 'a'), 'b c e a');
});

test('includes Essential packages and those of priority required', () => {
  const text = 'base\nEssential: yes\nDepends: lib\n\nlib\n\nlogin\nPriority: required\n\nother';
  assert.equal(resolve(text, '@essential'), 'lib base');
  assert.equal(resolve(text, '@required', 'other'), 'lib base login other');
});

test('backtracks from a choice that leads to a conflict', () => {
  assert.equal(
    resolve('a\nDepends: x | y, z\n\nx\nDepends: deep | deeper\n\ndeep\nConflicts: z\n\ndeeper\nBreaks: z (<< 5)\n\ny\n\nz 2', 'a'),
    'y z a',
  );
});

test('a package may conflict with what it provides itself', () => {
  assert.equal(resolve('a\nProvides: mail\nConflicts: mail', 'a'), 'a');
});

test('the error for an unmet dependency names the chain and the candidates', () => {
  assert.throws(() => resolve('a\nDepends: b\n\nb\nDepends: c (>= 2)\n\nc 1', 'a'), {
    code: 'debian/unmet-dependency',
    message: "'b' needs c (>= 2), but trixie has c 1\n  b: a needs b\n  a: requested",
  });
  assert.throws(() => resolve('a\nDepends: b | c', 'a'), { message: /'a' needs b \| c, but trixie has no package that is or provides it/ });
});

test('the error for a conflict names both chains', () => {
  assert.throws(() => resolve('a\nDepends: x\n\nb\nDepends: y\n\nx\nConflicts: mail\n\ny 2\nProvides: mail', 'a', 'b'), {
    code: 'debian/conflict',
    message:
      "'x' and 'y' cannot be together: x 1 refuses mail, which 'y' provides\n  x: a needs x\n  a: requested\n" +
      '  y: b needs y\n  b: requested',
  });
});

test('reports roots that are not packages', () => {
  const text = 'a\nProvides: one\n\nb\nProvides: two\n\nc\nProvides: two';
  assert.equal(resolve(text, 'one'), 'a');
  assert.throws(() => resolve(text, 'two'), { code: 'debian/unknown-package', hint: 'Choose one of: b, c' });
  assert.throws(() => resolve(text, 'three'), { code: 'debian/unknown-package', message: "there is no package 'three' in trixie" });
});

/** What apt would install on an empty root. Its list, not `--simulate`, which takes ten times as long to put it in order. */
function askApt(folder: string, packages: string[]): string[] | undefined {
  const { stdout, status } = spawnSync('apt-get', ['--print-uris', '--yes', 'install', ...packages], {
    encoding: 'utf8',
    env: { ...process.env, APT_CONFIG: join(folder, 'apt.conf'), LC_ALL: 'C' },
    maxBuffer: 1 << 26,
  });
  if (status !== 0) return undefined;
  const listed = /^The following NEW packages will be installed:\n((?: .*\n)+)/m.exec(stdout)?.[1] ?? '';
  return listed.trim().split(/\s+/).sort();
}

function aptRoot(t: TestContext, packages: string): string {
  const folder = scratchFolder(t);
  for (const path of ['state/lists/partial', 'cache/archives/partial', 'parts', 'repository'])
    mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, 'status'), '');
  writeFileSync(join(folder, 'repository', 'Packages'), packages);
  writeFileSync(join(folder, 'sources.list'), `deb [trusted=yes] file:${folder}/repository ./\n`);
  writeFileSync(
    join(folder, 'apt.conf'),
    `Dir::State "${folder}/state"; Dir::State::status "${folder}/status"; Dir::Cache "${folder}/cache";
Dir::Etc::sourcelist "${folder}/sources.list"; Dir::Etc::sourceparts "${folder}/parts"; Dir::Etc::preferencesparts "${folder}/parts"; Dir::Etc::parts "${folder}/parts";
APT::Architecture "amd64"; APT::Architectures "amd64"; APT::Install-Recommends "false"; APT::Sandbox::User "root"; Acquire::Languages "none";
`,
  );
  const { status, stderr } = spawnSync('apt-get', ['update'], {
    encoding: 'utf8',
    env: { ...process.env, APT_CONFIG: join(folder, 'apt.conf') },
  });
  assert.equal(status, 0, stderr);
  return folder;
}

/** The host's own package lists: a real archive, whatever its suite. */
function hostPackages(): string | undefined {
  const { stdout, status } = spawnSync(
    'sh',
    [
      '-c',
      "apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages' | grep -E '_main_binary-amd64_Packages' | " +
        'head -1 | xargs -r /usr/lib/apt/apt-helper cat-file',
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  return status === 0 && stdout.length > 1 << 20 ? stdout : undefined;
}

test('chooses what apt chooses on a real archive', (t) => {
  if (!existsSync('/usr/bin/apt-get')) return t.skip('apt is not on this machine');
  const packages = hostPackages();
  if (!packages) return t.skip('the host has no lists of a Debian archive');
  const folder = aptRoot(t, packages);
  const bytes = Buffer.concat(
    buildArchiveIndex('host', 'amd64', [{ suite: 'host', archive: 'debian', text: Buffer.from(packages, 'latin1') }]),
  );
  const archive = new Catalog(new ArchiveIndex((position, length) => bytes.subarray(position, position + length)), 'amd64');
  const essential = archive.index.marked('essential').map((i) => archive.index.name(i));
  for (const roots of [
    [],
    ['python3'],
    ['openssh-server'],
    ['git'],
    ['vim'],
    ['curl'],
    ['nginx'],
    ['postgresql'],
    ['systemd-sysv', 'udev'],
    ['linux-image-amd64'],
    ['exim4'],
    ['default-jre-headless'],
  ]) {
    const ours = resolvePackages(archive, ['@essential', ...roots]).sort();
    assert.deepEqual(ours, askApt(folder, [...essential, ...roots]), `what ${roots.join(' ')} needs`);
  }
  // Large sets may differ in a choice; then ours must be complete and free of conflicts, so that apt adds nothing to it.
  for (const root of ['firefox-esr', 'podman', 'libvirt-daemon-system', 'gnome-core']) {
    const ours = resolvePackages(archive, ['@essential', root]).sort();
    assert.deepEqual(askApt(folder, ours), ours, `what ${root} needs`);
  }
});

test('finds the conflicts that apt finds', (t) => {
  if (!existsSync('/usr/bin/apt-get')) return t.skip('apt is not on this machine');
  const stanzas = readFileSync(new URL('support/conflicts.packages', import.meta.url), 'utf8')
    .trim()
    .split(/\n\n+/);
  const padded = stanzas
    .map((stanza) => `${stanza}\nArchitecture: amd64\nFilename: ./x.deb\nSize: 1\nSHA256: ${'0'.repeat(64)}\nDescription: x\n\n`)
    .join('');
  const folder = aptRoot(t, padded);
  const bytes = Buffer.concat(buildArchiveIndex('test', 'amd64', [{ suite: 'test', archive: 'debian', text: Buffer.from(padded) }]));
  const archive = new Catalog(new ArchiveIndex((position, length) => bytes.subarray(position, position + length)), 'amd64');
  const attempt = (roots: string[]) => {
    try {
      return resolvePackages(archive, roots).sort();
    } catch {
      return undefined;
    }
  };
  for (const roots of [['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['a', 'b'], ['c', 'd'], ['e', 'f'], ['a', 'f']]) {
    assert.deepEqual(attempt(roots), askApt(folder, roots), roots.join(' and '));
  }
});

test('shortens long names and relations in messages', () => {
  const long = 'x'.repeat(100_000);
  for (const text of [`a\nDepends: ${long}`, `${long}\nDepends: gone`, `a\nDepends: b\nConflicts: b (<< ${long})\n\nb 0`]) {
    assert.throws(
      () => resolve(text, text.startsWith('a\n') ? 'a' : long),
      (error: Error) => {
        assert.match(error.message, /\.\.\./);
        return error.message.length < 10_000;
      },
    );
  }
});

test('a stanza with two names is the package that the index names', () => {
  const twice = catalog('a 1\nPackage: b\n\nc 2');
  const i = twice.index.find('a');
  assert.equal(twice.get(i).name, 'a');
  assert.equal(twice.find('b'), undefined);
});
