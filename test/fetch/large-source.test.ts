/** Warns about a flake with large files, once for each state of it. */
import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { open } from '../flake/opened.ts';

const flake = '{ outputs = _: { a = 1; }; }';

test('names the largest files of a large folder, and again only when it changes', async (t) => {
  const { space, session, warnings } = open(t, { 'f/flake.nix': flake, 'f/images/disk.qcow2': '', 'f/small': 'x' });
  const ask = async (): Promise<string[]> => {
    warnings.length = 0;
    const s = session();
    await s.evaluateExpression({ installable: 'path:./f#a', format: 'nix' });
    await s.close();
    return warnings.filter((warning) => warning.includes('copied into the store'));
  };
  assert.deepEqual(await ask(), []);
  truncateSync(space.path('f/images/disk.qcow2'), 80 << 20);
  const [warning, ...more] = await ask();
  assert.deepEqual(more, []);
  assert.match(
    warning!,
    /^the flake '\S+\/f' has 80\.0 MiB of files, all of which are copied into the store whenever one changes; the largest files: images\/disk\.qcow2 \(80\.0 MiB\)\. Move them elsewhere, or make the folder a git repository/,
  );
  assert.deepEqual(await ask(), []);
  writeFileSync(space.path('f/small'), 'y');
  assert.equal((await ask()).length, 1);
});

test('counts only tracked files in a git repository', async (t) => {
  const { space, session, warnings } = open(t, { 'g/flake.nix': flake }, 'g');
  writeFileSync(space.path('g/big'), '');
  truncateSync(space.path('g/big'), 70 << 20);
  const ask = async (): Promise<string> => {
    const s = session();
    await s.evaluateExpression({ installable: './g#a', format: 'nix' });
    await s.close();
    return warnings.join('\n');
  };
  assert.doesNotMatch(await ask(), /copied into the store/);
  space.git('g', 'add', 'big');
  assert.match(await ask(), /the largest files: big \(70\.0 MiB\)\. Run: git rm --cached big {2}and add it to \.gitignore/);
});
