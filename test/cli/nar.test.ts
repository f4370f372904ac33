/** `nar` and `store ls`, compared with what real nix prints. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { workplace, type Workplace } from '../support/bootflake.ts';
import { nix, withNix } from '../support/nix-oracle.ts';

function tree(t: TestContext): Workplace {
  const place = workplace('nar');
  t.after(() => place.remove());
  const at = join(place.folder, 'tree');
  mkdirSync(join(at, 'folder/empty'), { recursive: true });
  for (const name of ['2', '10', 'a"b\n', 'über', 'folder/x', '__proto__']) writeFileSync(join(at, name), `text of ${name}\n`);
  writeFileSync(join(at, 'large'), Buffer.alloc(1_500_000, 'large\n'));
  writeFileSync(join(at, 'run'), '#!/bin/sh\n');
  chmodSync(join(at, 'run'), 0o755);
  symlinkSync('../elsewhere', join(at, 'link'));
  return place;
}

test('nar pack, ls and cat print what nix prints', withNix, async (t) => {
  const place = tree(t);
  const file = join(place.folder, 'tree.nar');
  const packed = nix(['nar', 'pack', join(place.folder, 'tree')]);
  writeFileSync(file, packed);
  for (const command of ['pack', 'dump-path']) {
    const { status } = await place.run('sh', ['-c', `node ${process.cwd()}/dist/bootflake.js nar ${command} tree > ours.nar`]);
    assert.equal(status, 0);
    assert.deepEqual(readFileSync(join(place.folder, 'ours.nar')), packed);
  }
  for (const args of [
    ['ls', file, '/'],
    ['ls', '-R', file, '/'],
    ['ls', '-lR', file, '/'],
    ['ls', '-l', file, '/run'],
    ['ls', '-l', file, '/link'],
    ['ls', '-R', file, '/folder'],
    ['ls', '-d', file, '/folder'],
    ['ls', file, 'folder/x'],
    ['ls', file, '/folder/empty'],
    ['ls', '--json', file, '/'],
    ['ls', '--json', '-R', file, '/'],
    ['ls', '--json', file, '/run'],
    ['cat', file, '/large'],
    ['cat', file, '/über'],
    ['cat', file, '/__proto__'],
    ['cat', file, '/folder/x'],
  ]) {
    const { status, stdout, stderr } = await place.bootflake(['nar', ...args]);
    assert.equal(status, 0, stderr);
    assert.equal(
      stdout.trimEnd(),
      nix(['nar', ...args])
        .toString()
        .trimEnd(),
      args.join(' '),
    );
  }
});

test('what is not there, and what is no archive', async (t) => {
  const place = tree(t);
  await place.run('sh', ['-c', `node ${process.cwd()}/dist/bootflake.js nar pack tree > tree.nar; head -c 900 tree.nar > cut.nar`]);
  for (const [args, code] of [
    [['pack', 'none'], 'io/no-such-file'],
    [['ls', 'tree.nar', '/none'], 'nar/no-such-path'],
    [['ls', 'tree.nar', '/run/x'], 'nar/no-such-path'],
    [['ls', 'tree.nar', '/link/x'], 'nar/no-such-path'],
    [['ls', 'tree.nar', '/../tree'], 'nar/no-such-path'],
    [['cat', 'tree.nar', '/folder'], 'nar/not-regular'],
    [['cat', 'tree.nar', '/link'], 'nar/not-regular'],
    [['ls', 'none.nar', '/'], 'nar/unreadable'],
    [['ls', 'tree', '/'], 'system/is-a-directory'],
    [['ls', 'cut.nar', '/'], 'nix-format/bad-nar'],
    [['cat', 'tree/large', '/'], 'nix-format/bad-nar'],
    [['pack', '/dev/null'], 'io/special-file'],
  ] as const) {
    const { status, stderr } = await place.bootflake(['nar', ...args]);
    assert.equal(status, 1, args.join(' '));
    assert.ok(stderr.includes(`[${code}]`), `${args.join(' ')}: ${stderr}`);
  }
});

test('an archive goes through a pipe at the pace of its reader, and a reader may end early', async (t) => {
  const place = tree(t);
  const cli = `node ${process.cwd()}/dist/bootflake.js`;
  const { stdout } = await place.run('sh', ['-c', `${cli} nar pack tree | (sleep 0.3; wc -c); ${cli} nar pack tree | head -c 100 | wc -c`]);
  assert.match(stdout, /^15\d{5}\n100\n$/);
});
