/** A path that an attribute names is created within the output or not at all: no build writes anywhere else on the host. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { findBuiltinBuilder } from '../../src/builders/index.ts';
import { realise } from '../../src/realise/realise.ts';
import { writeHashedTree, writeLinkedTree } from '../../src/builders/unpack/write-hashed-tree.ts';
import { removeTree, writeCanonicalTree } from '../../src/store/physical-tree.ts';
import { directory, file, symlink } from '../../src/tree/file-tree.ts';
import { writeDerivation } from '../store/support.ts';
import { hostileStore } from './hostile-store.ts';
import { rows } from './builder-rows.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
const hostile = hostileStore(folder);
const { store, input } = hostile;
const up = '../'.repeat(40);

/** Everything in the test's folder that no build may change. */
const around = (): string[] =>
  [folder, process.cwd(), tmpdir()].flatMap((place) =>
    readdirSync(place)
      .map((name) => join(place, name))
      .filter((path) => place !== tmpdir() || path.includes('victim')),
  );
const before = around();

/** Names of one file; none may lead outside. */
const noNames = [
  '',
  '.',
  '..',
  '../victim',
  `${up}${folder.slice(1)}/victim`,
  '/victim',
  'sub/victim',
  'x\0y',
  'x'.repeat(256),
  'ü'.repeat(128),
  'half a \ud83d',
];
/** Paths below some folder. */
const noPaths = [
  '..',
  '../victim',
  'x/../../victim',
  `${up}${folder.slice(1)}/victim`,
  `x/${up}${folder.slice(1)}/victim`,
  'x\0y',
  `x/${'y'.repeat(256)}`,
  'half a \ud83d',
];
const noTargets = ['', 'x\0y', 'x/'.repeat(2048)];

const image = rows.find(({ title }) => title === 'disk-image')!.attrs(input);
const nixos = rows.find(({ title }) => title === 'disk-image of NixOS')!.attrs(input);
const systemdInitrd = rows.find(({ builder }) => builder === 'systemd-initrd')!.attrs(input);
const initrd = rows.find(({ builder }) => builder === 'initrd')!.attrs(input);
const grub = (change: Record<string, unknown>) => {
  const { set } = rows.find(({ title }) => title === 'disk-image of NixOS')!.paths['bootLoader.efi']!;
  const attrs = set(input, input);
  return { ...attrs, bootLoader: { ...(attrs.bootLoader as object), removable: false, ...change } };
};
const systemdBoot = (change: Record<string, unknown>) => {
  const { set } = rows.find(({ title }) => title === 'disk-image of NixOS')!.paths['bootLoader.systemd']!;
  const attrs = set(input, input);
  return { ...attrs, bootLoader: { ...(attrs.bootLoader as object), ...change } };
};

/** An unpacked package with arbitrary facts about itself. */
function deb(name: string, facts: Record<string, unknown>): string {
  const said = { name, version: '1', architecture: 'all', special: [], conffiles: [], replaces: '', provides: '', ...facts };
  return store.addToStore(
    `${name}-deb`,
    directory([
      ['usr', directory([['x', file(`of ${name}`)]])],
      ['nix-support', directory([['debian.json', file(JSON.stringify(said))]])],
    ]),
    { method: 'nar' },
  );
}

const cases: { attribute: string; builder: string; names: string[]; attrs(name: string): Record<string, unknown>; codes: string[] }[] = [
  {
    attribute: 'baseName',
    builder: 'disk-image',
    names: [...noNames, 'line\nbreak', '\x1b[2J', 'x'.repeat(250)],
    attrs: (baseName) => ({ ...image, baseName }),
    codes: ['build/bad-attribute'],
  },
  {
    attribute: 'baseName of a compressed image',
    builder: 'disk-image',
    names: noNames,
    attrs: (baseName) => ({ ...image, baseName, compress: true }),
    codes: ['build/bad-attribute'],
  },
  {
    attribute: 'format',
    builder: 'disk-image',
    names: [...noNames, 'raw/../../x'],
    attrs: (format) => ({ ...image, format }),
    codes: ['build/bad-attribute'],
  },
  {
    attribute: 'directories',
    builder: 'disk-image',
    names: noPaths,
    attrs: (path) => ({ ...image, directories: [path] }),
    codes: ['disk/bad-path'],
  },
  {
    attribute: 'links',
    builder: 'disk-image',
    names: noPaths,
    attrs: (path) => ({ ...image, links: { [path]: 'x' } }),
    codes: ['disk/bad-path'],
  },
  {
    attribute: "links' targets",
    builder: 'disk-image',
    names: noTargets,
    attrs: (target) => ({ ...image, links: { x: target } }),
    codes: ['disk/bad-symlink'],
  },
  {
    attribute: 'contents[].target',
    builder: 'disk-image',
    names: noPaths,
    attrs: (target) => ({ ...image, contents: [{ source: input, target }] }),
    codes: ['disk/bad-path'],
  },
  {
    attribute: 'contents[].target of NixOS',
    builder: 'disk-image',
    names: noPaths,
    attrs: (target) => ({ ...nixos, contents: [{ source: input, target }] }),
    codes: ['disk/bad-path'],
  },
  {
    attribute: 'bootLoader.bootloaderId',
    builder: 'disk-image',
    names: noPaths,
    attrs: (bootloaderId) => ({ ...nixos, ...grub({ bootloaderId }) }),
    codes: ['disk/bad-path'],
  },
  {
    attribute: 'bootLoader.extraFiles',
    builder: 'disk-image',
    names: noPaths,
    attrs: (path) => ({ ...nixos, ...grub({ extraFiles: { [path]: `${input}/file` } }) }),
    codes: ['disk/bad-path'],
  },
  {
    attribute: 'bootLoader.entries',
    builder: 'disk-image',
    names: noPaths,
    attrs: (path) => ({ ...nixos, ...systemdBoot({ entries: { [path]: 'x' } }) }),
    codes: ['disk/bad-path'],
  },
  {
    attribute: 'bootLoader.files',
    builder: 'disk-image',
    names: noPaths,
    attrs: (path) => ({ ...nixos, ...systemdBoot({ files: { [path]: `${input}/file` } }) }),
    codes: ['disk/bad-path'],
  },
  {
    attribute: 'entries[].path',
    builder: 'tree',
    names: [...noPaths, 'x//y', './x'],
    attrs: (path) => ({
      entries: [
        { path, text: 'x' },
        { path: 'other', text: '' },
      ],
    }),
    codes: ['build/bad-entry'],
  },
  {
    attribute: 'entries[].path of a folder',
    builder: 'tree',
    names: noPaths,
    attrs: (path) => ({
      entries: [
        { path, mode: 'directory' },
        { path: `${path}/x`, text: '' },
      ],
    }),
    codes: ['build/bad-entry'],
  },
  {
    attribute: 'entries[].target',
    builder: 'tree',
    names: noTargets,
    attrs: (target) => ({ entries: [{ path: 'x', target }] }),
    codes: ['tree/bad-symlink'],
  },
  {
    attribute: 'entries[].machineLinks',
    builder: 'tree',
    names: ['/x/..', '/x/.', '/x/', 'x\0y', `/${'y'.repeat(256)}`],
    attrs: (link) => ({ entries: [{ path: 'x', union: [`${input}/bin`], machineLinks: [link] }] }),
    codes: ['tree/bad-name'],
  },
  {
    attribute: 'pathsToLink',
    builder: 'buildenv',
    names: noPaths,
    attrs: (path) => ({ paths: [input, input], pathsToLink: [path] }),
    codes: ['build/bad-attribute'],
  },
  {
    attribute: 'alternatives',
    builder: 'debian-tree',
    names: [...noPaths, '', 'x/', 'x//y'],
    attrs: (path) => ({ debs: [], alternatives: { [`/usr/${path}`]: 'x' } }),
    codes: ['build/bad-attribute'],
  },
  {
    attribute: "alternatives' targets",
    builder: 'debian-tree',
    names: noTargets,
    attrs: (target) => ({ debs: [], alternatives: { '/usr/x': target } }),
    codes: ['tree/bad-symlink'],
  },
  {
    attribute: "a package's special files",
    builder: 'debian-tree',
    names: [...noPaths, '', 'usr/x\n4755 root root usr/bin/y'],
    codes: ['build/bad-attribute'],
    attrs: (path) => ({
      debs: [deb('a', { special: [{ path, type: 'file', mode: '4755', owner: 'root', group: 'root' }] })],
      alternatives: {},
    }),
  },
  {
    attribute: "a package's diversions",
    builder: 'debian-tree',
    names: noPaths,
    codes: ['debian/file-conflict'],
    attrs: (path) => ({ debs: [deb('a', {}), deb('b', { diversions: { 'usr/x': path } })], alternatives: {} }),
  },
  {
    attribute: 'kernelVersion',
    builder: 'initrd',
    names: noNames,
    attrs: (kernelVersion) => ({ ...initrd, kernelVersion }),
    codes: ['build/bad-attribute'],
  },
  {
    attribute: 'modules',
    builder: 'initrd',
    names: noNames,
    attrs: (name) => ({ ...initrd, modules: [name] }),
    codes: ['build/bad-attribute', 'initrd/no-such-module'],
  },
  {
    attribute: 'extraFiles',
    builder: 'initrd',
    names: noPaths,
    attrs: (path) => ({ ...initrd, extraFiles: { [path]: `${input}/file` } }),
    codes: ['initrd/bad-path'],
  },
  {
    attribute: 'kernelVersion',
    builder: 'systemd-initrd',
    names: noNames,
    attrs: (kernelVersion) => ({ ...systemdInitrd, kernelVersion }),
    codes: ['build/bad-attribute'],
  },
  {
    attribute: 'paths',
    builder: 'systemd-initrd',
    names: noPaths,
    attrs: (path) => ({ ...systemdInitrd, paths: [path] }),
    codes: ['initrd/bad-path', 'initrd/missing-file'],
  },
  {
    attribute: 'packageLinks',
    builder: 'systemd-initrd',
    names: noPaths,
    attrs: (path) => ({ ...systemdInitrd, packageLinks: [path] }),
    codes: ['initrd/bad-path'],
  },
  {
    attribute: 'secrets',
    builder: 'systemd-initrd',
    names: noPaths,
    attrs: (path) => ({ ...systemdInitrd, secrets: { [path]: `${input}/file` } }),
    codes: ['initrd/bad-path'],
  },
  {
    attribute: 'filename',
    builder: 'debian-package',
    names: [...noPaths, '/x', 'pool//x'],
    codes: ['build/bad-attribute'],
    attrs: (filename) => ({ ...rows.find(({ builder }) => builder === 'debian-package')!.attrs(input), filename }),
  },
];

for (const { attribute, builder, names, attrs, codes } of cases) {
  test(`${builder}: ${attribute} leaves no output`, async () => {
    for (const name of names) {
      const given = attrs(name);
      const sources = [input, ...(Array.isArray(given.debs) ? (given.debs as string[]) : [])];
      const { drvPath } = writeDerivation(store, 'made', `builtin:${builder}`, given, { sources });
      await assert.rejects(
        realise(store, [drvPath], { offline: true, cpuJobs: 1 }),
        (error) => {
          assert.ok(error instanceof BootflakeError, String(error));
          assert.ok(codes.includes(error.code), `${JSON.stringify(name)}: ${error.code}: ${error.message}`);
          assert.doesNotMatch(error.message, /[\x00-\x09\x0b-\x1f]/);
          return true;
        },
        JSON.stringify(name),
      );
    }
    assert.deepEqual(around(), before);
  });
}

test('the writers of trees refuse bad names even when a builder lets them through', () => {
  for (const write of [
    writeCanonicalTree,
    writeHashedTree,
    (path: string, tree: Parameters<typeof writeLinkedTree>[1]) => writeLinkedTree(path, tree, () => undefined),
  ]) {
    const made = join(folder, 'root/nix/var/bootflake/tmp/tree');
    for (const name of noNames) {
      for (const node of [file('x'), directory([['victim', file('x')]]), symlink('x')]) {
        assert.throws(() => write(made, directory([['deep', directory([[name, node]])]])), { code: 'tree/bad-name' }, JSON.stringify(name));
        removeTree(made);
      }
    }
    for (const target of noTargets) {
      assert.throws(() => write(made, directory([['x', symlink(target)]])), { code: 'tree/bad-symlink' });
      removeTree(made);
    }
    write(
      made,
      directory([
        ['x'.repeat(255), symlink('x/'.repeat(2047))],
        ['...', file('x')],
        ['a b\n\t"', file('x')],
      ]),
    );
    removeTree(made);
  }
  assert.deepEqual(around(), before);
});

test('refuses a derivation without the output that its builder makes', async () => {
  const place = join(folder, 'root/nix/var/bootflake/tmp/other');
  mkdirSync(place, { recursive: true });
  for (const row of rows.filter(({ offline, url }) => !offline && !url)) {
    const builder = (await findBuiltinBuilder(row.builder))!;
    const [path] = Object.values(row.paths);
    const attrs = { ...row.attrs(input), ...path?.set(`${input}${path.suffix ?? ''}`, input) };
    await assert.rejects(
      builder.run({
        drvPath: '/nix/store/x.drv',
        attrs,
        outputs: { bin: '/nix/store/x-bin' },
        outputFiles: { bin: join(place, 'bin') },
        realPath: (path) => store.realPath(path),
        pathInfo: (path) => store.queryPathInfo(path)!,
        closure: async (paths) => store.computeClosure(paths),
        log: () => {},
        progress: () => {},
        signal: new AbortController().signal,
        offline: true,
        cores: 1,
      }),
      { code: 'build/no-output', message: /only the output 'out', but derivation '.*' has 'bin'/ },
      row.title,
    );
  }
  removeTree(place);
  assert.deepEqual(around(), before);
});
