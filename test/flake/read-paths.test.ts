/** What builtins that read files say of paths that are something else, through links too, and of files that no folder holds. As Nix 2.34.8. */
import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { open } from './opened.ts';

test('a path that is no folder, not there or leads in circles is named, where its links lead', async (t) => {
  const { session, space } = open(t, { 'file': 'text', 'd/a': '' });
  for (const [name, target] of [['tofile', 'file'], ['gone', 'nowhere'], ['loop', 'loop'], ['tod', 'd']] as const) symlinkSync(target, space.path(name));
  const s = session({ impure: true });
  const ask = (call: string, name: string): Promise<string> => s.evaluateExpression({ expr: `builtins.${call} ${space.path(name)}`, format: 'nix' });
  const cases: [call: string, name: string, code: string, message: string, hint?: string][] = [
    ['readDir', 'file', 'eval/not-a-directory', 'cannot read directory "@/file": Not a directory'],
    ['readDir', 'tofile', 'eval/not-a-directory', 'cannot read directory "@/file": Not a directory', "a symbolic link leads there from '@/tofile'"],
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
    const error = await ask(call, name).then((value) => assert.fail(`${call} ${name} gave ${value}`), (failure: unknown) => failure);
    assert.ok(error instanceof BootflakeError);
    const seen = [error.code, error.message, error.hint].map((text) => text?.replaceAll(space.folder, '@'));
    assert.deepEqual(seen, [code, message, hint], `${call} ${name}`);
  }
  assert.equal(await ask('readDir', 'tod'), '{ a = "regular"; }');
  assert.equal(await ask('readFileType', 'gone'), '"symlink"');
  assert.equal(await ask('pathExists', 'file/x'), 'false');
});

test('the files that Nix brings are read, listed, hashed and copied like others', async (t) => {
  const { session } = open(t, {});
  const s = session();
  const value = (expr: string): Promise<string> => s.evaluateExpression({ expr: `let f = <nix/fetchurl.nix>; in ${expr}`, format: 'nix' });
  assert.match(await value('"${f}"'), /^"\/nix\/store\/[a-z0-9]{32}-fetchurl\.nix"$/);
  assert.equal(await value('builtins.readFile "${f}" == builtins.readFile f'), 'true');
  assert.equal(await value('"${f}" == builtins.filterSource (p: t: true) f'), 'true');
  assert.equal(await value('builtins.path { path = f; recursive = false; sha256 = builtins.hashFile "sha256" f; } != ""'), 'true');
  assert.equal(await value('[ (builtins.pathExists f) (builtins.readFileType f) (builtins.readDir (dirOf f)) (builtins.pathExists (dirOf f + "/none")) ]'),
    '[ true "regular" { "fetchurl.nix" = "regular"; } false ]');
  assert.equal(await value('(import f { url = "https://a.test/b"; sha256 = "0000000000000000000000000000000000000000000000000000"; }).name'), '"b"');
});
