/** A flake may pass any number to a built-in builder: a bad one ends with one of our errors, quickly and in little memory. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { findBuiltinBuilder } from '../../src/builders/index.ts';
import { builderContext, fillStore } from '../support/builder-context.ts';
import { rows } from './builder-rows.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const names = {
  negative: -1,
  'not a number': 'NaN',
  infinite: 'Infinity',
  '1e300': 1e300,
  '-1e300': -1e300,
  '2^53': 2 ** 53,
  '1e11': 1e11,
  digits: '9'.repeat(100_000),
  empty: '',
  'as a power': '1e300',
  list: [1],
  set: { a: 1 },
  true: true,
};
const fractions = { fraction: 0.5, 'large fraction': 1e9 + 0.5 };
const sizes = { ...names, '8000T': '8000T', '4000G of T': '4000000G', digitsT: '90000000000T', 'blocks past 32 bits': '17T' };

interface Case {
  builder: string;
  attribute: string;
  values: Record<string, unknown>;
  attrs(value: unknown): Record<string, unknown>;
  /** The expected codes; none when the value must do no harm. */
  codes?: string[];
}

const bad = ['build/bad-attribute'];
const imageSizes = (attribute: string, type: string, values: Record<string, unknown> = sizes, codes = bad): Case => ({
  builder: 'disk-image',
  attribute,
  values,
  codes,
  attrs: (value) => ({ partitionTableType: type, format: 'qcow2', [attribute]: value }),
});
const owner = (attribute: string, attrs: (value: unknown) => Record<string, unknown>): Case => ({
  builder: 'disk-image',
  attribute,
  values: { ...names, ...fractions, '2^32': 2 ** 32, 'minus one in 32 bits': 2 ** 32 - 1 },
  codes: bad,
  attrs,
});
const grub = rows.find(({ title }) => title === 'disk-image of NixOS')!.paths['bootLoader.bios']!.set('/nix/store/none', '')
  .bootLoader as Record<string, unknown>;

const cases: Case[] = [
  ...['legacy', 'legacy+boot', 'legacy+gpt', 'hybrid', 'efi', 'efixbootldr', 'none'].map((type) => imageSizes('diskSize', type)),
  imageSizes('diskSize', 'legacy', { 'past an MBR': '3T', 'a little past it': 2097153 }),
  imageSizes('diskSize', 'efi', { nothing: 0, half: 0.5 }, ['disk/too-small']),
  ...['legacy', 'efi', 'none'].map((type) => imageSizes('additionalSpace', type)),
  imageSizes('additionalSpace', 'legacy', { 'all of an MBR': '2T' }, ['disk/too-large']),
  imageSizes('additionalSpace', 'efi', { 'all of the disk': '16T' }, ['disk/too-large']),
  imageSizes('rootMinimum', 'efi', { 'all of the disk': '16T' }, ['disk/too-large']),
  ...['rootMinimum', 'rootMaximum'].map((name) => imageSizes(name, 'efi')),
  ...['efi', 'efixbootldr', 'legacy+boot', 'legacy'].map((type) =>
    imageSizes('bootSize', type, { ...sizes, '4000G': '4000G', '2T': '2T' }),
  ),
  imageSizes('inodes', 'legacy', { ...names, ...fractions, nothing: 0, text: '5' }),
  {
    builder: 'disk-image',
    attribute: 'inodes of a disk',
    values: { 'one more than blocks': 64 * 256 + 1, many: 2 ** 31 },
    codes: bad,
    attrs: (inodes) => ({ diskSize: 64, inodes }),
  },
  {
    builder: 'disk-image',
    attribute: 'inodes',
    values: { 'as many as blocks': 64 * 256 },
    attrs: (inodes) => ({ diskSize: 64, inodes, partitionTableType: 'legacy' }),
  },
  owner('contents.user', (user) => ({ contents: [{ source: '/nix/store/x', target: '/x', user }] })),
  owner('contents.group', (group) => ({ contents: [{ source: '/nix/store/x', target: '/x', group }] })),
  owner('directories.user', (user) => ({ directories: [{ path: '/x', user }] })),
  owner('directories.group', (group) => ({ directories: [{ path: '/x', group }] })),
  ...['contents', 'directories'].map(
    (list): Case => ({
      builder: 'disk-image',
      attribute: `${list}.mode`,
      values: { ...names, ...fractions, number: 755, wide: '07777777', decimal: '0899' },
      codes: bad,
      attrs: (mode) => ({ [list]: [{ source: '/nix/store/x', target: '/x', path: '/x', mode }] }),
    }),
  ),
  {
    builder: 'disk-image',
    attribute: 'bootLoader.timeout',
    values: {
      ...Object.fromEntries(Object.entries(names).filter(([name]) => name !== 'negative')),
      ...fractions,
      '2^31': 2 ** 31,
      below: -2,
    },
    codes: bad,
    attrs: (timeout) => ({ layout: 'nixos', toplevel: '/nix/store/system', bootLoader: { ...grub, timeout } }),
  },
  {
    builder: 'tree',
    attribute: 'entries[].mode',
    values: { ...names, ...fractions },
    codes: bad,
    attrs: (mode) => ({ entries: [{ path: 'x', text: '', mode }] }),
  },
  {
    builder: 'tree',
    attribute: 'entries[].path',
    values: { deep: `${'a/'.repeat(20_000)}a`, 'one too deep': `${'a/'.repeat(1024)}a` },
    codes: ['build/bad-entry'],
    attrs: (path) => ({ entries: [{ path, text: '' }] }),
  },
  {
    builder: 'disk-image',
    attribute: 'directories',
    values: { deep: `${'a/'.repeat(20_000)}a` },
    codes: ['disk/bad-path'],
    attrs: (path) => ({ directories: [path] }),
  },
  {
    builder: 'disk-image',
    attribute: 'links',
    values: { deep: `${'a/'.repeat(20_000)}a` },
    codes: ['disk/bad-path'],
    attrs: (path) => ({ links: { [path as string]: 'x' } }),
  },
  {
    builder: 'buildenv',
    attribute: 'paths[].priority',
    values: { ...names, ...fractions },
    attrs: (priority) => ({ paths: [{ path: '/nix/store/folder', priority }], pathsToLink: ['/'] }),
  },
  {
    builder: 'debian-package',
    attribute: 'size',
    values: { ...names, ...fractions, '2^53-1': 2 ** 53 - 1, 'more than a buffer': 2 ** 40 },
    codes: bad,
    attrs: (size) => ({ ...rows.find(({ builder }) => builder === 'debian-package')!.attrs(''), size }),
  },
];

for (const { builder, attribute, values, codes, attrs } of cases) {
  const { partitionTableType: table } = attrs('') as { partitionTableType?: string };
  test(`${attribute} of ${builder}${table ? `, ${table}` : ''}`, async (t) => {
    const folder = scratchFolder(t);
    fillStore(folder, { 'folder/x': 'x' });
    const { run } = (await findBuiltinBuilder(builder))!;
    for (const [name, value] of Object.entries(values)) {
      const before = process.memoryUsage().rss;
      const start = performance.now();
      const error = await run(builderContext({ folder, attrs: attrs(value) })).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(performance.now() - start < 10_000, `${name} takes ${performance.now() - start} ms`);
      assert.ok(process.memoryUsage().rss - before < 512 * 2 ** 20, `${name} takes ${process.memoryUsage().rss - before} bytes`);
      rmSync(join(folder, 'out'), { recursive: true, force: true });
      if (codes === undefined && error === undefined) continue;
      assert.ok(error instanceof BootflakeError, `${name}: ${error as Error | undefined}`);
      assert.ok(codes === undefined || codes.includes(error.code), `${name}: ${error.code}: ${error.message}`);
      assert.ok(error.message.length < 600, `${name}: ${error.message.slice(0, 600)}`);
    }
  });
}

test('the error for too large a number gives the limit and a remedy', async (t) => {
  const { run } = (await findBuiltinBuilder('disk-image'))!;
  const failing = async (attrs: Record<string, unknown>): Promise<BootflakeError> =>
    run(builderContext({ folder: scratchFolder(t), attrs })).then(
      () => assert.fail('it was built'),
      (error: BootflakeError) => error,
    );
  const disk = await failing({ diskSize: '8000T' });
  assert.equal(disk.message, `the attribute 'diskSize' must be at most 2097152 MiB, but it is "8000T"`);
  assert.match(disk.hint!, /ends at 2 TiB: give a smaller size, or choose "efi"/);
  assert.match((await failing({ diskSize: '17T', partitionTableType: 'efi' })).message, /at most 16777216 MiB, but it is "17T"/);
  assert.match((await failing({ inodes: 1e11 })).message, /'inodes' must be at most 2147483648, but it is 100000000000/);
  assert.match((await failing({ inodes: 1e11 })).hint!, /one inode for each block of 4 KiB/);
  assert.match((await failing({ bootSize: '4000G', partitionTableType: 'efi' })).hint!, /FAT32/);
});
