import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { realise } from '../../src/realise/realise.ts';
import type { LocalStore } from '../../src/store/local-store.ts';
import { file } from '../../src/tree/file-tree.ts';
import { testStore, writeDerivation } from '../store/support.ts';
import { fails } from '../support/fails.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { treeOf } from '../support/tree.ts';

async function build(store: LocalStore, attrs: Record<string, unknown>, sources: string[] = []): Promise<string> {
  const { drvPath, out } = writeDerivation(store, 'erofs.img', 'builtin:erofs', attrs, { sources });
  await realise(store, [drvPath]);
  return out;
}

test('store paths with what they refer to', async (t) => {
  const store = testStore(t);
  const library = store.addToStore('library', file('library'), { method: 'nar' });
  const program = store.addToStore('program', treeOf({ 'bin/run': `#!${library}\n` }), { method: 'nar', references: [library] });
  const out = await build(
    store,
    { storeContents: [program], label: 'nix-store', pseudoFiles: ['/dev d 0755 0 0', '/dev/null c 0666 0 0 1 3'] },
    [program],
  );
  const folder = join(scratchFolder(t), 'out');
  await judge(t, 'fsck.erofs', [`--extract=${folder}`, store.realPath(out)]);
  const name = (path: string): string => path.slice('/nix/store/'.length);
  assert.equal(readFileSync(join(folder, name(program), 'bin/run'), 'utf8'), `#!${library}\n`);
  assert.equal(readFileSync(join(folder, name(library)), 'utf8'), 'library');
  assert.match(readFileSync(join(folder, 'nix-path-registration'), 'utf8'), /^\/nix\/store\/[^\n]*\nsha256:/);
});

test('wrong attributes are errors with their name', async (t) => {
  const store = testStore(t);
  for (const [attrs, message] of [
    [{ label: 'more than 15 bytes' }, /'label' must be at most 15 bytes/],
    [{ pseudoFiles: ['/ x user.a=b'] }, /'pseudoFiles' must be without extended attributes/],
  ] as const)
    await fails(build(store, { storeContents: [], ...attrs }), 'build/bad-attribute', message);
});
