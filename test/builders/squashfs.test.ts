import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { realise } from '../../src/realise/realise.ts';
import type { LocalStore } from '../../src/store/local-store.ts';
import { file, symlink } from '../../src/tree/file-tree.ts';
import { testStore, writeDerivation } from '../store/support.ts';
import { fails } from '../support/fails.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { treeOf } from '../support/tree.ts';

async function build(store: LocalStore, attrs: Record<string, unknown>, sources: string[]): Promise<string> {
  const { drvPath, out } = writeDerivation(store, 'squashfs.img', 'builtin:squashfs', attrs, { sources });
  await realise(store, [drvPath]);
  return out;
}

test('store paths with what they refer to, and a list of them for Nix', async (t) => {
  const store = testStore(t);
  const library = store.addToStore('library', file('library'), { method: 'nar' });
  const tree = treeOf({ 'bin/run': file(`#!${library}\n`, 0o755), link: symlink('bin/run') });
  const program = store.addToStore('program', tree, { method: 'nar', references: [library] });
  const pseudoFiles = ['/sbin d 0755 0 0', '/sbin/init s 0777 0 0 /x'];
  const out = await build(store, { storeContents: [program], comp: 'zstd -Xcompression-level 3', pseudoFiles }, [program]);
  const folder = join(scratchFolder(t), 'out');
  await judge(t, 'unsquashfs', ['-no-progress', '-d', folder, store.realPath(out)]);
  const name = (path: string): string => path.slice('/nix/store/'.length);
  assert.equal(readFileSync(join(folder, name(program), 'link'), 'utf8'), `#!${library}\n`);
  assert.equal(readFileSync(join(folder, name(library)), 'utf8'), 'library');
  const [first, second] = [library, program].sort();
  const lines = readFileSync(join(folder, 'nix-path-registration'), 'utf8').split('\n');
  assert.deepEqual([lines[0], lines.length], [first, 12]);
  assert.ok(lines.includes(second!));
  assert.match(lines[1]!, /^sha256:[0-9a-z]{52}$/);
  assert.deepEqual(store.queryPathInfo(out)!.references, []);
  const whole = await build(store, { storeContents: [program], comp: null, noStrip: true }, [program]);
  const listed = await judge(t, 'unsquashfs', ['-l', store.realPath(whole)]);
  assert.ok(listed.includes(`squashfs-root${program}/bin/run\n`), listed);
});

test('wrong attributes are errors with their name', async (t) => {
  const store = testStore(t);
  for (const [attrs, message] of [
    [{ comp: 'xz' }, /'comp' asks for the compressor "xz"/],
    [{ comp: 'zstd -Xcompression-level 23' }, /'comp'.*N up to 22/],
    [{ comp: 'gzip -b 1' }, /'comp'/],
    [{ blockSize: 5000 }, /'blockSize'/],
    [{ storeContents: 'x' }, /'storeContents'/],
  ] as const)
    await fails(build(store, { storeContents: [], ...attrs }, []), 'build/bad-attribute', message);
});
