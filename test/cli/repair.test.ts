/** Damaged and missing paths, repaired from a cache, by a build, or not at all. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { LocalStore } from '../../src/store/local-store.ts';
import { removeTree } from '../../src/store/physical-tree.ts';
import { workplace, type Outcome, type Workplace } from '../support/bootflake.ts';

const EXPRESSION = `rec {
  tree = name: entries: derivation {
    inherit name entries; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true;
  };
  c = tree "c" [ { path = "file"; text = "the end"; } ];
  b = tree "b" [ { path = "file"; text = "\${c}"; } ];
  a = tree "a" [ { path = "file"; text = "\${b}"; } ];
  source = builtins.toFile "source" "a source without a derivation";
  d = tree "d" [ { path = "file"; text = "\${source}"; } ];
}`;

interface Broken {
  place: Workplace;
  /** The folders on the host. */
  files: Record<'a' | 'b' | 'c' | 'd', string>;
  source: string;
  run(...args: string[]): Promise<Outcome>;
  damage(folder: string): void;
}

async function built(t: TestContext): Promise<Broken> {
  const place = workplace('repair');
  t.after(() => place.remove());
  writeFileSync(join(place.folder, 'default.nix'), EXPRESSION);
  const environment = { NIX_CONFIG: 'substituters =' };
  const run = (...args: string[]) => place.bootflake(args, { environment });
  const { stdout, stderr, status } = await run('build', '--file', '.', 'a', 'b', 'c', 'd', '--json');
  assert.equal(status, 0, stderr);
  const [a, b, c, d] = (JSON.parse(stdout) as { files: { out: string } }[]).map(({ files }) => files.out) as [
    string,
    string,
    string,
    string,
  ];
  const source = readFileSync(`${d}/file`, 'utf8');
  const damage = (folder: string): void => {
    chmodSync(`${folder}/file`, 0o644);
    writeFileSync(`${folder}/file`, 'damaged');
  };
  return { place, files: { a, b, c, d }, source, run, damage };
}

const nameOf = (file: string): string => `/nix/store/${file.slice(file.lastIndexOf('/') + 1)}`;

test('what is damaged or missing is built again, and what it is built from before', async (t) => {
  const { files, run, damage } = await built(t);
  const before = [files.a, files.b, files.c].map((folder) => readFileSync(`${folder}/file`, 'utf8'));
  damage(files.a);
  damage(files.c);
  removeTree(files.b);
  assert.equal((await run('store', 'verify', '--check-contents')).status, 1);
  const repaired = await run('store', 'verify', '--check-contents', '--repair');
  assert.equal(repaired.status, 0, repaired.stderr);
  assert.match(repaired.stderr, /3 problems, 3 paths repaired/);
  assert.deepEqual(
    repaired.stderr.split('\n').filter((line) => line.startsWith('repaired')),
    [files.c, files.b, files.a].map((folder) => `repaired path '${nameOf(folder)}'`),
  );
  assert.deepEqual(
    [files.a, files.b, files.c].map((folder) => readFileSync(`${folder}/file`, 'utf8')),
    before,
  );
  assert.match((await run('store', 'verify', '--check-contents')).stderr, / 0 problems/);
  // Only one path, and what is sound is left alone.
  damage(files.b);
  const one = await run('store', 'repair', files.b, files.a, '--json');
  assert.deepEqual((JSON.parse(one.stdout) as { repaired: string[] }).repaired, [nameOf(files.b)]);
  assert.match(one.stderr, /^2 paths checked, 1 problems, 1 paths repaired$/m);
  assert.match((await run('store', 'repair', `/nix/store/${'1'.repeat(32)}-none`)).stderr, /\[store\/invalid-path\]/);
});

test('a cache is asked first; without one, what no derivation made stays as it is', async (t) => {
  const { place, source, run } = await built(t);
  const file = source.replace('/nix/store', `${place.folder}/home/.local/share/bootflake/nix/store`);
  await run('copy', '--to', `file://${place.folder}/cache`, source);
  const text = readFileSync(file, 'utf8');
  chmodSync(file, 0o644);
  writeFileSync(file, 'damaged');
  const failed = await run('store', 'verify', '--check-contents', '--repair');
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, new RegExp(`cannot repair path '${source}': no binary cache has it`));
  assert.equal(readFileSync(file, 'utf8'), 'damaged');
  // The text's path is its proof, so that no key is needed.
  const fetched = await run('store', 'verify', '--check-contents', '--repair', '--option', 'substituters', `file://${place.folder}/cache`);
  assert.equal(fetched.status, 0, fetched.stderr);
  assert.equal(readFileSync(file, 'utf8'), text);
  rmSync(file, { force: true });
  const again = await run('store', 'repair', source, '--option', 'substituters', `file://${place.folder}/cache`);
  assert.equal(again.status, 0, again.stderr);
  assert.equal(readFileSync(file, 'utf8'), text);
});

test('nothing is built from what could not be repaired, and a lying cache repairs nothing', async (t) => {
  const { place, files, run, damage } = await built(t);
  await run('copy', '--to', `file://${place.folder}/cache?compression=none`, files.c);
  const drv = (JSON.parse((await run('path-info', '--json', files.c)).stdout) as Record<string, { deriver: string }>)[nameOf(files.c)]!
    .deriver;
  // Without its derivation, c can only be fetched.
  const drvFile = drv.replace('/nix/store', `${place.folder}/home/.local/share/bootflake/nix/store`);
  renameSync(drvFile, `${place.folder}/aside`);
  damage(files.c);
  damage(files.b);
  const unsigned = await run('store', 'verify', '--check-contents', '--repair', '--option', 'substituters', `file://${place.folder}/cache`);
  assert.equal(unsigned.status, 1);
  assert.match(unsigned.stderr, new RegExp(`cannot repair path '${nameOf(files.c)}'`));
  assert.match(unsigned.stderr, new RegExp(`cannot repair path '${nameOf(files.b)}': .*could not be repaired`));
  for (const folder of [files.b, files.c]) assert.equal(readFileSync(`${folder}/file`, 'utf8'), 'damaged');
  renameSync(`${place.folder}/aside`, drvFile);
  assert.equal((await run('store', 'verify', '--check-contents', '--repair')).status, 0);
});

test('damaged records are written anew, and a damaged derivation is neither built nor kept', async (t) => {
  const { place, files, source, run } = await built(t);
  const root = `${place.folder}/home/.local/share/bootflake`;
  const recordOf = (path: string): string => `${root}/nix/var/bootflake/valid/${path.slice(11, 43)}.valid`;
  const infos = JSON.parse((await run('path-info', '--json', files.a, files.b)).stdout) as Record<string, { deriver: string }>;
  const [aDrv, bDrv] = [files.a, files.b].map((file) => infos[nameOf(file)]!.deriver) as [string, string];
  const facts = (): unknown => LocalStore.open({ root }).records.all();
  const before = facts();
  // An output that nothing refers to, a derivation, a text, and a path that is not there.
  for (const path of [nameOf(files.a), aDrv, bDrv, source]) writeFileSync(recordOf(path), 'damaged');
  writeFileSync(recordOf(`/nix/store/${'0'.repeat(32)}-none`), '');
  const repaired = await run('store', 'verify', '--check-contents', '--repair');
  assert.equal(repaired.status, 0, repaired.stderr);
  assert.equal((await run('store', 'verify', '--check-contents')).status, 0);
  assert.deepEqual(facts(), before);

  const file = bDrv.replace('/nix/store', `${root}/nix/store`);
  chmodSync(file, 0o644);
  writeFileSync(file, readFileSync(file, 'latin1').replace('file', 'fire'), 'latin1');
  removeTree(files.b);
  const build = await run('build', '--file', '.', 'a', 'b', '--no-link');
  assert.match(
    build.stderr,
    /the derivation '.*-b\.drv' is damaged: .*\n.*verify --check-contents --repair.*\n\s*\[store\/damaged-derivation\]/,
  );
  const removed = await run('store', 'verify', '--check-contents', '--repair');
  assert.match(removed.stderr, new RegExp(`removed '${bDrv}', which is made again`));
  assert.match(removed.stderr, new RegExp(`removed '${aDrv}', which is made again`));
  assert.equal((await run('build', '--file', '.', 'a', 'b', '--no-link')).status, 0);
  assert.equal((await run('store', 'verify', '--check-contents')).status, 0);
});
