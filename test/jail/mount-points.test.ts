/** Mount points that one run leaves for the next. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { JailDescription, JailInput } from '../../src/jail/description.ts';
import { removeJailFolder } from '../../src/jail/folder.ts';
import { keepMountPoints, removeMountPoints } from '../../src/jail/mount-points.ts';
import { findJailTools } from '../../src/jail/tools.ts';
import { namespacesWork } from '../../src/jail/probe.ts';
import { startJail } from '../../src/jail/run.ts';
import { needSandbox, openFolder } from '../builders/process/support.ts';
import { described } from './support.ts';

test('a run gets the mount points of an ended one, and nothing else of it', async (t) => {
  await needSandbox(t);
  const folder = openFolder(t);
  const tools = await findJailTools(process.env.PATH ?? '');
  const inputs = Array.from({ length: 60 }, (_, i): JailInput => {
    const physical = join(folder, `input-${i}`);
    mkdirSync(physical);
    writeFileSync(join(physical, 'file'), `${i}\n`);
    return { logical: `/nix/store/${'0'.repeat(32)}-${i}`, physical, kind: 'directory' };
  });
  const runs = join(folder, 'runs');
  mkdirSync(runs, { mode: 0o755 });
  /** Returns what the program sees in its store, and what it reads from its inputs. */
  const run = async (name: string, used: JailInput[], script = ''): Promise<{ names: string[]; texts: string }> => {
    const description: JailDescription = described(
      join(runs, name),
      `${script}\necho /nix/store/*\nfor x in /nix/store/*; do if [ -d $x ]; then read line < $x/file && echo $line; fi; done; exit 0`,
      { inputs: used },
    );
    let output = '';
    const jail = await startJail(description, {
      tools,
      namespaces: await namespacesWork(tools),
      onOutput: (bytes) => (output += Buffer.from(bytes).toString()),
    });
    assert.equal((await jail.ended).status, 0, output);
    keepMountPoints(description);
    await removeJailFolder(description.folder);
    const [names = '', ...texts] = output.split('\n');
    return { names: names.split(' '), texts: texts.join(' ').trim() };
  };
  const namesOf = (used: JailInput[]): string[] => used.map(({ logical }) => logical).sort();
  const kept = (): string[] => readdirSync(runs);

  const [first, second] = [inputs.slice(0, 40), inputs.slice(10, 50)];
  const leaving = await run(
    'first',
    first,
    'run mkdir /nix/store/made /nix/store/made/deep; echo > /nix/store/made/file; echo > /nix/store/text',
  );
  assert.deepEqual(leaving.names, [...namesOf(first), '/nix/store/made', '/nix/store/text']);
  assert.equal(kept().length, 1);
  const [place = ''] = kept();
  assert.deepEqual(readdirSync(join(runs, place)).sort(), first.map(({ logical }) => basename(logical)).sort());

  const seen = await run('second', second);
  assert.deepEqual(seen.names, namesOf(second));
  assert.equal(
    seen.texts,
    second
      .map((_, i) => i + 10)
      .sort((a, b) => (String(a) < String(b) ? -1 : 1))
      .join(' '),
  );
  assert.equal(existsSync(join(runs, place)), false, 'it was used');
  assert.equal(kept().length, 1);

  // Few in common: the others would have to be removed. Few at all: not worth it.
  assert.deepEqual((await run('third', inputs.slice(45))).names, namesOf(inputs.slice(45)));
  assert.equal(kept().length, 1);
  for (let i = 0; i < 8; i++) await run(`more-${i}`, inputs.slice((i % 2) * 30, (i % 2) * 30 + 30));
  assert.ok(kept().length <= 4);

  await removeMountPoints(runs);
  assert.deepEqual(kept(), []);
});
