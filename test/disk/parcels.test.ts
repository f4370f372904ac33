/** Parcels: a change of one leaves the others where they are, and an image from the last one is the same as one from nothing. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Random } from '../../scripts/fuzz/random.ts';
import { diskImage } from '../../src/builders/disk-image.ts';
import { CopiedImageFile } from '../../src/builders/image/image-file.ts';
import { LastImageFile } from '../../src/builders/image/last-image-file.ts';
import { parcelsOf } from '../../src/builders/image/parcels.ts';
import { ReusedRanges } from '../../src/builders/image/reused-ranges.ts';
import { addPackageList, readPackageList, type DependingPackage } from '../../src/builders/merge/package-list.ts';
import type { DebFacts } from '../../src/debian/deb.ts';
import type { Origin } from '../../src/disk/block-plan.ts';
import type { Parcel } from '../../src/disk/ext4/parcels.ts';
import { Places } from '../../src/disk/ext4/places.ts';
import { planExt4, type Ext4Plan } from '../../src/disk/ext4/plan.ts';
import { runsLength } from '../../src/disk/ext4/runs.ts';
import { ImageRecords } from '../../src/store/image-records.ts';
import { directory, file, symlink, type DirectoryNode, type FileNode } from '../../src/tree/file-tree.ts';
import { builderContext, fillStore } from '../support/builder-context.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { patternBytes, uuid, writeImage } from './images.ts';

const MiB = 2 ** 20;
const BLOCK = 4096;

/** Trees of store paths, made from their names, so that a name has the same tree every time. */
function storePath(name: string): FileNode {
  const random = new Random([...name].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) >>> 0, 7));
  const large = random.below(8) === 0;
  const folder = (depth: number): DirectoryNode => {
    const node = directory();
    for (let n = random.below(large && depth === 0 ? 60 : 5); n >= 0; n--) {
      const kind = random.below(10);
      const child =
        kind < 2 && depth < 3
          ? folder(depth + 1)
          : kind < 4
            ? symlink('x'.repeat(1 + random.below(200)))
            : file(patternBytes(random.below(large && depth === 0 ? 60_000 : 5000), random.below(250)));
      node.entries.set(`${kind}-${n}`, child);
    }
    return node;
  };
  return folder(0);
}

function planOf(names: string[], size: number): Ext4Plan {
  const parcels = new Map<FileNode, Parcel>();
  const store = directory();
  for (const name of names) {
    const node = storePath(name);
    store.entries.set(name, node);
    parcels.set(node, { name: name.replace(/\d+$/, ''), path: name, isPackage: name.startsWith('p') });
  }
  const tree = directory([
    ['nix', directory([['store', store]])],
    ['boot', directory([['grub.cfg', file('menu')]])],
  ]);
  return planExt4(tree, { uuid: uuid(1), hashSeed: uuid(2), label: 'x', time: 1, size, parcels });
}

/** The blocks of a plan, by their numbers. */
function blocksOf(plan: Ext4Plan): Map<number, string> {
  const bytes = Buffer.alloc(plan.size);
  for (const _ of plan.write({ size: plan.size, write: (offset, piece) => bytes.set(piece, offset) }));
  const blocks = new Map<number, string>();
  for (const { start, length } of plan.extents)
    for (let at = start - (start % BLOCK); at < start + length; at += BLOCK)
      blocks.set(at / BLOCK, bytes.toString('latin1', at, at + BLOCK));
  return blocks;
}

function changedBlocks(a: Ext4Plan, b: Ext4Plan): number {
  const [before, after] = [blocksOf(a), blocksOf(b)];
  return [...new Set([...before.keys(), ...after.keys()])].filter((block) => before.get(block) !== after.get(block)).length;
}

test('file systems of random parcels pass e2fsck, spread or crowded', async (t) => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new Random(seed);
    const names = Array.from({ length: 1 + random.below(150) }, (_, n) => `${random.below(2) ? 'p' : 'q'}arcel-${random.below(1000)}-${n}`);
    const { minimumSize, contentSize } = planOf(names, 2048 * MiB);
    for (const size of [minimumSize, minimumSize + contentSize / 10, 200 * MiB]) {
      const plan = planOf(names, Math.ceil(size / BLOCK) * BLOCK);
      const image = join(scratchFolder(t), 'image');
      writeImage(plan, image);
      await judge(t, 'e2fsck', ['-fn', image]);
      if (size !== 200 * MiB || seed > 3) continue;
      const out = scratchFolder(t);
      await judge(t, 'debugfs', ['-R', `rdump /nix ${out}`, image]);
      for (const name of names) compare(storePath(name), join(out, 'nix/store', name));
    }
  }
});

function compare(node: FileNode, path: string): void {
  if (node.type === 'directory') for (const [name, child] of node.entries) compare(child, join(path, name));
  if (node.type !== 'regular') return;
  const bytes = Buffer.alloc(node.contents.size);
  node.contents.read(bytes, 0);
  assert.ok(readFileSync(path).equals(bytes), path);
}

test('a new version of a parcel changes its own blocks, a new parcel few others', () => {
  const names = Array.from({ length: 200 }, (_, n) => `p-${n % 7}-${n}v1`);
  const size = 512 * MiB;
  const before = planOf(names, size);
  const all = before.extents.reduce((sum, { length }) => sum + length, 0) / BLOCK;
  assert.ok(all > 2000, `${all} blocks`);
  for (const changed of [[...names, 'p-newv1'], names.slice(1), names.map((name) => (name === 'p-3-3v1' ? 'p-3-3v2' : name))]) {
    const blocks = changedBlocks(before, planOf(changed, size));
    assert.ok(blocks > 0 && blocks < all / 10, `${blocks} of ${all} blocks`);
  }
  assert.equal(changedBlocks(before, planOf([...names].reverse(), size)), 0);
});

test('places are taken once each, as near to home as there is room, to the last one', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const end = 50 + random.below(500);
    const places = new Places({ start: 7, end, areaEnd: 7 + random.below(end - 7), align: (at) => Math.ceil(at / 8) * 8 });
    const taken = new Set<number>();
    for (let left = end - 7; ; ) {
      const count = random.below(40);
      const runs = places.take(random.below(11) / 10, count);
      assert.equal(runs === undefined, count > left, `seed ${seed}`);
      if (!runs) {
        if (left === 0) break;
        continue;
      }
      assert.equal(runsLength(runs), count);
      left -= count;
      for (const { start, length } of runs)
        for (let n = start; n < start + length; n++) {
          assert.ok(n >= 7 && n < end && !taken.has(n), `seed ${seed}: ${n}`);
          taken.add(n);
        }
      if (left === 0 && count > 0) assert.deepEqual(places.runs, [{ start: 7, length: end - 7 }]);
    }
  }
});

const attrs = { toplevel: '/nix/store/x', diskSize: 96, partitionTableType: 'legacy', name: 'image', contents: [] };

/** Builds an image of store paths in a scratch store; returns the image's path and the SHA-256 that the builder reported. */
async function build(
  folder: string,
  names: string[],
  format: string,
  images?: ImageRecords,
): Promise<{ path: string; narHash: Uint8Array }> {
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  const closure = names.map((name) => `/nix/store/${'0'.repeat(32)}-${name}`);
  const context = builderContext({ folder, attrs: { ...attrs, format, toplevel: closure[0] }, closure });
  const { outputs } = await diskImage.run({ ...context, images });
  return {
    path: join(folder, 'out', `nixos.${{ raw: 'img', vhdx: 'vhdx', vdi: 'vdi' }[format] ?? 'qcow2'}`),
    narHash: outputs.out!.narHash!,
  };
}

/** Records whose images are copies in `folder`. */
function recordsIn(folder: string): ImageRecords & { taken(): number } {
  const records = new ImageRecords(join(folder, 'records'), {
    queryPathInfo: (path) => ({ path, narHash: readFileSync(join(folder, 'hash'), 'utf8'), narSize: 1, references: [] }),
    realPath: () => join(folder, 'last'),
  });
  const add = records.add.bind(records);
  let found = 0;
  return Object.assign(records, {
    add(record: Parameters<typeof add>[0]) {
      mkdirSync(join(folder, 'last'), { recursive: true });
      copyFileSync(join(folder, 'out', record.fileName), join(folder, 'last', record.fileName));
      asInStore(join(folder, 'last', record.fileName));
      writeFileSync(join(folder, 'hash'), record.narHash);
      add(record);
    },
    find(contents: Parameters<ImageRecords['find']>[0]) {
      const image = ImageRecords.prototype.find.call(records, contents);
      if (image) found += 1;
      return image;
    },
    taken: () => found,
  });
}

/** The time that files of the store have. */
function asInStore(path: string): void {
  utimesSync(path, 1, 1);
}

function fill(folder: string, names: string[]): void {
  for (const name of names) {
    const node = storePath(name);
    const files: Record<string, Uint8Array> = {};
    const visit = (at: FileNode, path: string): void => {
      if (at.type === 'directory') for (const [child, below] of at.entries) visit(below, `${path}/${child}`);
      if (at.type !== 'regular') return;
      files[path] = Buffer.alloc(at.contents.size);
      at.contents.read(files[path]!, 0);
    };
    visit(node, `${'0'.repeat(32)}-${name}`);
    files[`${'0'.repeat(32)}-${name}/name`] = Buffer.from(`contents of ${name}`);
    fillStore(folder, files);
  }
}

test('an image from the last one has the bytes and the hash of one from nothing', async (t) => {
  for (const format of ['raw', 'qcow2', 'vdi', 'vhdx']) {
    const folder = scratchFolder(t);
    const records = recordsIn(folder);
    const random = new Random(5);
    let names = Array.from({ length: 40 }, (_, n) => `path-${n}`);
    for (let round = 0; round < 5; round++) {
      fill(folder, names);
      const fromNothing = await build(folder, names, format);
      const expected = readFileSync(fromNothing.path);
      const next = await build(folder, names, format, records);
      assert.ok(readFileSync(next.path).equals(expected), `${format}, round ${round}`);
      assert.deepEqual(Buffer.from(next.narHash), Buffer.from(fromNothing.narHash));
      assert.equal(records.taken(), round);
      names = names.filter(() => random.below(10) > 0);
      names.push(...Array.from({ length: random.below(8) }, (_, n) => `path-${round}-${n}`));
    }
  }
});

test('a file that was changed is read again, and the last image of an unchanged one is not needed', async (t) => {
  const folder = scratchFolder(t);
  const records = recordsIn(folder);
  fill(folder, ['path-1', 'path-2']);
  await build(folder, ['path-1', 'path-2'], 'raw', records);
  const changed = join(folder, 'store', `${'0'.repeat(32)}-path-2`, 'name');
  chmodSync(changed, 0o644);
  writeFileSync(changed, 'PATH-2');
  const { path } = await build(folder, ['path-1', 'path-2'], 'raw', records);
  assert.ok(readFileSync(path).includes('PATH-2'));
  rmSync(join(folder, 'last'), { recursive: true });
  await build(folder, ['path-1', 'path-2'], 'raw', records);
});

test('the last image is the one that is most like the next', (t) => {
  const folder = scratchFolder(t);
  const valid = new Map<string, string>();
  const records = new ImageRecords(join(folder, 'records'), {
    queryPathInfo: (path) => ({ path, narHash: valid.get(path) ?? '', narSize: 1, references: [] }),
    realPath: (path) => join(folder, path.slice('/nix/store/'.length)),
  });
  for (const [name, contents] of Object.entries({
    small: { tree: 100, etc: 1 },
    large: { tree: 100, texts: 900, etc: 1 },
    other: { cat: 5 },
  })) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'file'), '');
    asInStore(join(folder, name, 'file'));
    valid.set(`/nix/store/${name}`, name);
    const record = { path: `/nix/store/${name}`, narHash: name, fileName: 'file', size: 0, extents: [], origins: [] };
    records.add({ ...record, contents: Object.entries(contents) });
  }
  const found = (contents: Record<string, number>): string | undefined => records.find(Object.entries(contents))?.narHash;
  assert.equal(found({ tree: 100, etc2: 1 }), 'small');
  assert.equal(found({ tree: 100, texts: 900, etc2: 1 }), 'large');
  assert.equal(found({ dog: 7 }), undefined);
  valid.set('/nix/store/small', 'built again');
  assert.equal(found({ tree: 100, etc2: 1 }), 'large');
});

test('bytes come from the last image where it has them', async (t) => {
  const folder = scratchFolder(t);
  const records = recordsIn(folder);
  const names = ['path-1', 'path-2'];
  fill(folder, names);
  await build(folder, names, 'raw', records);
  // A damaged image shows what was taken from it; `store verify` finds it by its hash.
  const image = join(folder, 'last/nixos.img');
  const bytes = readFileSync(image);
  const at = bytes.indexOf('contents of path-2');
  bytes.write('DAMAGE', at);
  writeFileSync(image, bytes);
  asInStore(image);
  assert.ok(readFileSync((await build(folder, names, 'raw', records)).path).includes('DAMAGE'));
});

test('an image that somebody has run is not taken bytes from', async (t) => {
  const folder = scratchFolder(t);
  const records = recordsIn(folder);
  const names = ['path-1', 'path-2'];
  fill(folder, names);
  await build(folder, names, 'raw', records);
  const image = join(folder, 'last/nixos.img');
  const bytes = readFileSync(image);
  bytes.write('WRITTEN', bytes.indexOf('contents of path-2'));
  writeFileSync(image, bytes);
  assert.ok(!readFileSync((await build(folder, names, 'raw', records)).path).includes('WRITTEN'));
});

test('knows which ranges of a file are in the last one, and which at the same place', () => {
  const origin = (key: string, offset: number, start: number, length: number): Origin => ({ key, offset, start, length });
  const ranges = new ReusedRanges(
    [origin('a', 0, 100, 50), origin('b', 10, 200, 30), origin('c', 0, 300, 10)],
    [
      ['a', 0, 100, 20],
      ['a', 20, 500, 30],
      ['b', 0, 600, 100],
    ],
  );
  assert.deepEqual([ranges.bytes, ranges.bytesInPlace], [80, 20]);
  assert.deepEqual(ranges.find(110, 20), [
    { start: 110, length: 10, from: 110 },
    { start: 120, length: 10, from: 500 },
  ]);
  assert.deepEqual(ranges.find(205, 5), [{ start: 205, length: 5, from: 615 }]);
  for (const [start, length] of [
    [140, 20],
    [300, 10],
    [90, 20],
    [1000, 1],
  ] as const)
    assert.equal(ranges.find(start, length), undefined);
});

test('a copy of the last image becomes the next one', (t) => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = new Random(seed);
    const folder = scratchFolder(t);
    const [last, next] = [join(folder, 'last'), join(folder, 'next')];
    const size = 40_000 + random.below(10_000);
    const extents = (total: number): [number, number][] => {
      const found: [number, number][] = [];
      for (let at = random.below(3000); at < total; at += random.below(6000)) {
        const length = Math.min(1 + random.below(5000), total - at);
        found.push([at, length]);
        at += length;
      }
      return found;
    };
    const contents = (ranges: [number, number][], total: number): Buffer => {
      const bytes = Buffer.alloc(total);
      for (const [start, length] of ranges) bytes.set(patternBytes(length, random.below(3)), start);
      return bytes;
    };
    const old = extents(size);
    writeFileSync(last, contents(old, size));
    const total = 40_000 + random.below(10_000);
    const wanted = extents(total);
    const bytes = contents(wanted, total);
    copyFileSync(last, next);
    const original = new LastImageFile(last, old);
    const copy = new CopiedImageFile(next, total);
    let end = 0;
    for (const [start, length] of [...wanted, [total, 0] as const]) {
      if (start > end) original.clear(copy, end, start);
      copy.write(start, bytes.subarray(start, start + length));
      end = start + length;
    }
    copy.close();
    original.close();
    assert.ok(readFileSync(next).equals(bytes), `seed ${seed}`);
  }
});

function mergedTree(): { root: DirectoryNode; owners: Map<string, DebFacts> } {
  const facts = (name: string): DebFacts => ({ name, version: '1', replaces: '', special: [] }) as unknown as DebFacts;
  const [a, b] = [facts('a'), facts('b')];
  const root = directory([
    [
      'usr',
      directory([
        [
          'bin',
          directory([
            ['one', file('1')],
            ['two', file('2')],
          ]),
        ],
        ['only-a', directory([['x', symlink('y')]])],
      ]),
    ],
    ['var', directory([['made', file('3')]])],
  ]);
  return {
    root,
    owners: new Map([
      ['usr/bin/one', a],
      ['usr/bin/two', b],
      ['usr/only-a/x', a],
    ]),
  };
}

/** Each depends on the next by a name that it provides. */
function dependingPackages(owners: Map<string, DebFacts>): DependingPackage[] {
  return [...new Set(owners.values())].map((facts, n) => ({
    facts: Object.assign(facts, { provides: `p${n}` }),
    depends: `nothing | p${n + 1} (>= 1)`,
  }));
}

test("a merged tree's files are placed by their packages, and directories by the only package in them", () => {
  const { root, owners } = mergedTree();
  addPackageList({ root, owners, special: [] }, dependingPackages(owners));
  const at = (path: string): FileNode => path.split('/').reduce((node: FileNode, name) => (node as DirectoryNode).entries.get(name)!, root);
  const path = `/nix/store/${'0'.repeat(32)}-debian-trixie`;
  const parcels = parcelsOf(new Map([[path, root]]));
  const placeOf = (of: string): string | undefined => parcels.get(at(of))?.name;
  assert.equal(placeOf('usr/bin/one'), 'debian-trixie/a');
  assert.equal(placeOf('usr/bin/two'), 'debian-trixie/b');
  assert.equal(placeOf('usr/only-a'), 'debian-trixie/a');
  for (const shared of ['usr/bin', 'usr', 'var/made', 'var']) assert.equal(placeOf(shared), 'debian-trixie');
});

test('a list of packages that does not fit its tree is ignored', () => {
  const { root, owners } = mergedTree();
  addPackageList({ root, owners, special: [] }, dependingPackages(owners));
  assert.deepEqual(readPackageList(root)?.packages, [
    { name: 'a', version: '1', wantedBy: -1 },
    { name: 'b', version: '1', wantedBy: 0 },
  ]);
  const support = root.entries.get('nix-support') as DirectoryNode;
  for (const text of [
    '',
    '[]',
    'null',
    '{"packages":[],"files":[0,4]}',
    '{"packages":[["a","1"]],"files":[0,3]}',
    '{"packages":[["a","1"]],"files":[0,1e99]}',
  ]) {
    support.entries.set('packages.json', file(text));
    assert.equal(readPackageList(root), undefined, text);
  }
});
