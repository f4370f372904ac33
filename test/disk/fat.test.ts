import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FatTooSmall, planFat } from '../../src/disk/fat/plan.ts';
import { fatGeometry } from '../../src/disk/fat/geometry.ts';
import { directory, file, symlink, type FileNode } from '../../src/tree/file-tree.ts';
import { judge } from '../support/judge.ts';
import { patternBytes, writeImage } from './images.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const MiB = 2 ** 20;
const big = patternBytes(700_001, 8);

function tree() {
  return directory([
    [
      'EFI',
      directory([
        ['BOOT', directory([['BOOTX64.EFI', file(big)]])],
        [
          'debian',
          directory([
            ['grub.cfg', file('configfile\n')],
            ['a long name with spaces.config', file('1')],
            ['a long name with spaces.other', file('2')],
          ]),
        ],
      ]),
    ],
    ['loader.conf', file('')],
    ['ünï.txt', file('u')],
    ['many', directory(Array.from({ length: 60 }, (_, n) => [`Some Long Name ${n}.Text`, file(String(n))]))],
  ]);
}

for (const [bits, size] of [
  [12, 2 * MiB],
  [16, 16 * MiB],
  [32, 40 * MiB],
  [32, 300 * MiB],
] as const) {
  test(`fsck.fat finds no fault in FAT${bits} of ${size / MiB} MiB, and the files are there`, async (t) => {
    assert.equal(fatGeometry(size).bits, bits);
    const image = join(scratchFolder(t), 'esp.fat');
    writeImage(planFat(tree(), { size, label: 'ESP', volumeId: 0x12345678, time: 1 }), image);
    await judge(t, 'fsck.fat', ['-n', image]);
    if (!existsSync('/usr/bin/mtype')) return t.skip('mtools is not on this machine');
    const read = (path: string): Buffer =>
      spawnSync('mtype', ['-i', image, `::${path}`], { maxBuffer: 8 * MiB, env: { ...process.env, MTOOLS_SKIP_CHECK: '1' } }).stdout;
    assert.ok(read('/EFI/BOOT/BOOTX64.EFI').equals(big));
    assert.equal(read('/EFI/debian/a long name with spaces.other').toString(), '2');
    assert.equal(read('/many/Some Long Name 59.Text').toString(), '59');
    assert.match(await judge(t, 'mdir', ['-i', image, '::/']), /1980-01-01/);
  });
}

test('refuses files that do not fit', () => {
  assert.throws(
    () => planFat(directory([['x', file(Buffer.alloc(3 * MiB))]]), { size: 2 * MiB, label: 'X', volumeId: 1, time: 1 }),
    FatTooSmall,
  );
});

test('writes names up to the limits of FAT, and refuses others with their path', async (t) => {
  const plan = (root: ReturnType<typeof directory>) => planFat(root, { size: 40 * MiB, label: 'ESP', volumeId: 5, time: 1 });
  const image = join(scratchFolder(t), 'esp.fat');
  writeImage(
    plan(
      directory([
        [
          'sub',
          directory(['x'.repeat(255), '字'.repeat(255), '.hidden', 'a', "+,;=[]'&%$#@!()", '\u{1f600}'].map((name) => [name, file('x')])),
        ],
      ]),
    ),
    image,
  );
  await judge(t, 'fsck.fat', ['-n', image]);
  const refused = (entries: [string, FileNode][], code: string, message: RegExp) =>
    assert.throws(() => plan(directory([['sub', directory(entries)]])), { code, message });
  for (const name of [
    '',
    '.',
    '..',
    'a/b',
    'a\0',
    'a:b',
    'a*',
    'a?',
    '"',
    '<',
    '>',
    '|',
    'a\\b',
    '\n',
    'a.',
    'a ',
    'x'.repeat(256),
    '\ud800',
  ]) {
    refused(
      [
        ['fine', file('')],
        [name, file('')],
      ],
      'disk/bad-name',
      /^the boot partition cannot have a file ".*" in "\/sub": on FAT the name /,
    );
  }
  refused(
    [
      ['Grub', directory()],
      ['grub', file('')],
    ],
    'disk/bad-name',
    /"grub" in "\/sub": on FAT the name is the same as "Grub" there/,
  );
  const twice = file('x');
  refused(
    [
      ['a', twice],
      ['b', twice],
    ],
    'disk/bad-file',
    /"\/sub\/b": it has another name too/,
  );
  refused([['l', symlink('x')]], 'disk/bad-file', /"\/sub\/l": it is a symlink/);
  refused([['big', file({ size: 2 ** 32, read: () => {} })]], 'disk/bad-file', /4294967296 bytes/);
});

test('the same input produces the same bytes', (t) => {
  const bytes = (): Buffer => {
    const image = join(scratchFolder(t), 'esp.fat');
    writeImage(planFat(tree(), { size: 40 * MiB, label: 'ESP', volumeId: 5, time: 1 }), image);
    return readFileSync(image);
  };
  assert.ok(bytes().equals(bytes()));
});
