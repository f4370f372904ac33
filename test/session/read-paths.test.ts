/**
 * Errors of file-reading builtins for paths of another type, also through links, and files that exist in no folder. As Nix 2.34.8.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { open } from '../flake/opened.ts';

test('names a path that is not a folder, is missing or has cyclic links, with the target of its links', async (t) => {
  const { session, space } = open(t, { file: 'text', 'd/a': '' });
  for (const [name, target] of [
    ['tofile', 'file'],
    ['gone', 'nowhere'],
    ['loop', 'loop'],
    ['tod', 'd'],
  ] as const)
    symlinkSync(target, space.path(name));
  const s = session({ impure: true });
  const ask = (call: string, name: string): Promise<string> =>
    s.evaluateExpression({ expr: `builtins.${call} ${space.path(name)}`, format: 'nix' });
  const cases: [call: string, name: string, code: string, message: string, hint?: string][] = [
    ['readDir', 'file', 'eval/not-a-directory', 'cannot read directory "@/file": Not a directory'],
    [
      'readDir',
      'tofile',
      'eval/not-a-directory',
      'cannot read directory "@/file": Not a directory',
      "a symbolic link leads there from '@/tofile'",
    ],
    ['readDir', 'gone', 'eval/missing-path', "path '@/nowhere' does not exist", "a symbolic link leads there from '@/gone'"],
    ['readDir', 'missing', 'eval/missing-path', "path '@/missing' does not exist"],
    ['readDir', 'file/x', 'eval/missing-path', "path '@/file/x' does not exist"],
    ['readDir', 'tofile/x', 'eval/missing-path', "path '@/file/x' does not exist", "a symbolic link leads there from '@/tofile/x'"],
    ['readDir', 'loop', 'eval/symlink-loop', "infinite symlink recursion in path '@/loop'"],
    ['readFile', 'loop', 'eval/symlink-loop', "infinite symlink recursion in path '@/loop'"],
    ['readFile', 'gone', 'eval/missing-path', "path '@/nowhere' does not exist", "a symbolic link leads there from '@/gone'"],
    ['readFile', 'file/x', 'eval/missing-path', "path '@/file/x' does not exist"],
    ['readFile', 'tod', 'eval/unreadable-path', "path '@/d' cannot be read: Is a directory", "a symbolic link leads there from '@/tod'"],
    ['hashFile "md5"', 'd', 'eval/unreadable-path', "path '@/d' cannot be read: Is a directory"],
    ['readFileType', 'missing', 'eval/missing-path', "path '@/missing' does not exist"],
  ];
  for (const [call, name, code, message, hint] of cases) {
    const error = await ask(call, name).then(
      (value) => assert.fail(`${call} ${name} gave ${value}`),
      (failure: unknown) => failure,
    );
    assert.ok(error instanceof BootflakeError);
    const seen = [error.code, error.message, error.hint].map((text) => text?.replaceAll(space.folder, '@'));
    assert.deepEqual(seen, [code, message, hint], `${call} ${name}`);
  }
  assert.equal(await ask('readDir', 'tod'), '{ a = "regular"; }');
  assert.equal(await ask('readFileType', 'gone'), '"symlink"');
  assert.equal(await ask('pathExists', 'file/x'), 'false');
});

test('reads, lists, hashes and copies the files that Nix provides like others', async (t) => {
  const { session } = open(t, {});
  const s = session();
  const value = (expr: string): Promise<string> => s.evaluateExpression({ expr: `let f = <nix/fetchurl.nix>; in ${expr}`, format: 'nix' });
  assert.match(await value('"${f}"'), /^"\/nix\/store\/[a-z0-9]{32}-fetchurl\.nix"$/);
  assert.equal(await value('builtins.readFile "${f}" == builtins.readFile f'), 'true');
  assert.equal(await value('"${f}" == builtins.filterSource (p: t: true) f'), 'true');
  assert.equal(await value('builtins.path { path = f; recursive = false; sha256 = builtins.hashFile "sha256" f; } != ""'), 'true');
  assert.equal(
    await value(
      '[ (builtins.pathExists f) (builtins.readFileType f) (builtins.readDir (dirOf f)) (builtins.pathExists (dirOf f + "/none")) ]',
    ),
    '[ true "regular" { "fetchurl.nix" = "regular"; } false ]',
  );
  assert.equal(
    await value('(import f { url = "https://a.test/b"; sha256 = "0000000000000000000000000000000000000000000000000000"; }).name'),
    '"b"',
  );
});

test('a device, socket or pipe has the type "unknown" for a filter, and is an error unless filtered out', async (t) => {
  const { space, session } = open(t, {});
  mkdirSync(space.path('tree'));
  writeFileSync(space.path('tree/a'), 'text');
  const made = spawnSync('mkfifo', [space.path('tree/pipe')]);
  if (made.status !== 0) return t.skip('mkfifo is not on this machine');
  const s = session({ impure: true });
  const value = (expr: string): Promise<string> =>
    s.evaluateExpression({ expr: `let tree = ${space.path('tree')}; in ${expr}`, format: 'nix' });
  assert.equal(await value('builtins.readDir (builtins.filterSource (path: type: type != "unknown") tree)'), '{ a = "regular"; }');
  await assert.rejects(value('builtins.filterSource (path: type: true) tree'), {
    code: 'io/special-file',
    message: `file '${space.path('tree/pipe')}' has an unsupported type: it is a device, socket or pipe, which a store path cannot hold`,
  });
});

test('a path in a string copies a link at its end; copying functions follow it', async (t) => {
  const { space, session } = open(t, {});
  mkdirSync(space.path('tree'));
  writeFileSync(space.path('tree/a'), 'text');
  symlinkSync('tree', space.path('folder'));
  symlinkSync('nowhere', space.path('lost'));
  const s = session({ impure: true });
  const value = (expr: string): Promise<string> => s.evaluateExpression({ expr, format: 'nix' });
  assert.equal(await value(`builtins.readFileType "\${${space.path('folder')}}"`), '"symlink"');
  assert.equal(await value(`builtins.readFileType "\${${space.path('lost')}}"`), '"symlink"');
  assert.equal(await value(`builtins.readDir (builtins.path { path = ${space.path('folder')}; })`), '{ a = "regular"; }');
  assert.equal(await value(`builtins.readFile "\${${space.path('folder/a')}}"`), '"text"');
});

test('an error of a file that is copied to the store names it as it is written, and the place that asks for it', async (t) => {
  const { session, space } = open(t, { é: 'text' });
  const s = session({ impure: true });
  const file = `(${space.folder} + "/é")`;
  for (const expr of [`"\${${file}}"`, `builtins.path { path = ${file}; }`, `builtins.filterSource (path: type: true) ${file}`]) {
    const error = await s.evaluateExpression({ expr: `\n${expr}`, format: 'nix' }).then(
      (value) => assert.fail(`${expr} gave ${value}`),
      (failure: unknown) => failure,
    );
    assert.ok(error instanceof BootflakeError);
    assert.deepEqual([error.code, error.message], ['store/bad-name', "name 'é' contains illegal character 'é'"], expr);
    assert.equal(error.position?.line, 2, expr);
  }
  const missing = s.evaluateExpression({ expr: `\nbuiltins.path { path = ${space.folder}/none; name = "x"; }`, format: 'nix' });
  await assert.rejects(missing, (error) => error instanceof BootflakeError && error.position?.line === 2);
});
