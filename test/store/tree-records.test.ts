/** What is remembered of store paths is what is in them. */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TreeRecords } from '../../src/store/tree-records.ts';
import { readTree, type HardLinks } from '../../src/system/read-tree.ts';
import type { FileNode } from '../../src/tree/file-tree.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const A = '/nix/store/00000000000000000000000000000000-a';
const B = '/nix/store/11111111111111111111111111111111-b';

interface Place {
  folder: string;
  hashes: Record<string, string>;
  records: TreeRecords;
  real(path: string): string;
  kept(path: string): string;
}

/** Two paths of 300 files, of which a file of each is the same inode. */
function twoPaths(folder: string): Place {
  const real = (path: string): string => join(folder, 'store', path.slice('/nix/store/'.length));
  for (const path of [A, B]) {
    mkdirSync(join(real(path), 'empty'), { recursive: true });
    mkdirSync(join(real(path), 'bin'));
    for (let n = 0; n < 300; n++) writeFileSync(join(real(path), 'bin', `é${n}`), 'x'.repeat(n), { mode: n % 2 ? 0o755 : 0o644 });
    symlinkSync('../bin/é1', join(real(path), 'link'));
    linkSync(join(real(path), 'bin', 'é5'), join(real(path), 'bin', 'same'));
  }
  rmSync(join(real(B), 'bin', 'é7'));
  linkSync(join(real(A), 'bin', 'é7'), join(real(B), 'bin', 'é7'));
  const hashes: Record<string, string> = { [A]: 'one', [B]: 'two' };
  const records = new TreeRecords(join(folder, 'trees'), {
    queryPathInfo: (path) => ({ path, narHash: hashes[path]!, narSize: 1, references: [] }),
    realPath: real,
  });
  return { folder, hashes, records, real, kept: (path) => join(folder, 'trees', `${path.slice('/nix/store/'.length)}.kept`) };
}

function remember({ records, real }: Place, paths = [A, B]): void {
  const hardLinks: HardLinks = new Map();
  for (const path of paths) records.add(path, readTree(real(path), { hardLinks, identify: true }), hardLinks);
}

/** Each path of the trees, which files are one node, and what is known of each. */
function facts(trees: FileNode[]): unknown[] {
  const numbers = new Map<FileNode, number>();
  const list: unknown[] = [];
  const visit = (path: string, node: FileNode): void => {
    if (!numbers.has(node)) numbers.set(node, numbers.size);
    const { type, mode, uid, gid } = node;
    const own = type === 'regular' ? [node.contents.size, node.contents.identity] : type === 'symlink' ? node.target : node.entries.size;
    list.push([path, numbers.get(node), type, mode, uid, gid, own]);
    if (type === 'directory') for (const [name, child] of node.entries) visit(`${path}/${name}`, child);
    if (type === 'regular') {
      const bytes = Buffer.alloc(node.contents.size);
      node.contents.read(bytes, 0);
      list.push(bytes.toString());
    }
  };
  trees.forEach((tree, n) => visit(String(n), tree));
  return list;
}

test('a remembered tree is the one that reading gives, with its hard links to others, remembered or not', () => {
  const place = twoPaths(scratchFolder());
  remember(place);
  const read = (remembered: string[]): unknown[] => {
    const hardLinks: HardLinks = new Map();
    return facts(
      [A, B].map((path) => {
        if (!remembered.includes(path)) return readTree(place.real(path), { hardLinks, identify: true });
        const tree = place.records.find(path, hardLinks);
        assert.ok(tree, path);
        return tree;
      }),
    );
  };
  const expected = read([]);
  for (const remembered of [[A], [B], [A, B]]) assert.deepEqual(read(remembered), expected, remembered.join());
});

test('nothing is remembered of a path that was replaced or has another hash, nor from a damaged file', () => {
  const place = twoPaths(scratchFolder());
  const found = (path = A): boolean => place.records.find(path, new Map()) !== undefined;
  assert.equal(found(), false);
  remember(place);
  assert.equal(found(), true);
  place.hashes[A] = 'other';
  assert.equal(found(), false);
  place.hashes[A] = 'one';
  cpSync(place.real(A), join(place.folder, 'copy'), { recursive: true, preserveTimestamps: true });
  renameSync(place.real(A), join(place.folder, 'old'));
  renameSync(join(place.folder, 'copy'), place.real(A));
  assert.equal(found(), false);
  remember(place);
  const good = readFileSync(place.kept(A));
  for (let at = 0; at < good.length; at += 97) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1;
    writeFileSync(place.kept(A), bad);
    assert.equal(found(), false, `a bit of byte ${at}`);
  }
  // A whole file under another path's name.
  writeFileSync(place.kept(A), readFileSync(place.kept(B)));
  assert.equal(found(), false);
});

test('small trees, names that are not UTF-8 and symlinks with several names are not remembered', () => {
  const small = twoPaths(scratchFolder());
  rmSync(join(small.real(A), 'bin'), { recursive: true });
  const odd = twoPaths(scratchFolder());
  writeFileSync(Buffer.concat([Buffer.from(`${odd.real(A)}/`), Buffer.of(0xff)]), '');
  const linked = twoPaths(scratchFolder());
  linkSync(join(linked.real(A), 'link'), join(linked.real(A), 'link2'));
  for (const place of [small, odd, linked]) {
    remember(place);
    assert.equal(existsSync(place.kept(A)), false);
    assert.equal(existsSync(place.kept(B)), true);
    assert.equal(place.records.find(A, new Map()), undefined);
  }
});

test('the oldest are forgotten, and a folder that cannot be written is ignored', () => {
  const place = twoPaths(scratchFolder());
  mkdirSync(join(place.folder, 'trees'));
  for (let n = 0; n < 70; n++) writeFileSync(join(place.folder, 'trees', `${n}.kept`), '');
  remember(place, [A]);
  assert.equal(readdirSync(join(place.folder, 'trees')).length, 64);
  assert.equal(existsSync(place.kept(A)), true);
  rmSync(join(place.folder, 'trees'), { recursive: true });
  writeFileSync(join(place.folder, 'trees'), 'a file');
  remember(place);
});
