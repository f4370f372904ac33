/** The repl on a terminal. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { workplace } from '../support/bootflake.ts';
import { scriptMissing, Terminal } from '../support/terminal.ts';

interface Place {
  terminal: Terminal;
  folder: string;
  again(): Terminal;
}

async function repl(t: TestContext, args: string[] = [], files: Record<string, string> = {}): Promise<Place> {
  const place = workplace('repl');
  t.after(() => place.remove());
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place.folder, name), text);
  const start = () =>
    new Terminal([process.execPath, resolve('dist/bootflake.js'), 'repl', ...args], {
      cwd: place.folder,
      environment: { ...place.environment, EDITOR: 'cat' },
    });
  const terminal = start();
  await terminal.sees(/bootflake \S+\nType :\? for help\.\n/);
  await terminal.sees(/nix-repl> /);
  return { terminal, folder: place.folder, again: start };
}

test('shows a prompt and values, keeps variables, ends on ctrl-d', { skip: scriptMissing }, async (t) => {
  const { terminal } = await repl(t);
  terminal.type('x = 20; y = 22\n');
  await terminal.sees(/nix-repl> /);
  terminal.type('x +\n');
  await terminal.sees(/ {8}> /);
  terminal.type('y\n');
  await terminal.sees(/\n42\n\nnix-repl> /);
  terminal.type('nope\n');
  await terminal.sees(/undefined variable 'nope'[\s\S]*nix-repl> /);
  terminal.type('\x04');
  assert.equal(await terminal.ended, 0);
});

test('ctrl-c ends an evaluation and keeps the variables; at the prompt it clears the line', { skip: scriptMissing }, async (t) => {
  const { terminal } = await repl(t);
  terminal.type('kept = 1 + 1\n');
  await terminal.sees(/nix-repl> /);
  terminal.type(
    "let f = n: if n == 0 then 0 else 1 + f (n - 1); in builtins.foldl' (a: b: a + f 12) 0 (builtins.genList (x: x) 10000000)\n",
  );
  await new Promise((done) => setTimeout(done, 1500));
  terminal.type('\x03');
  await terminal.sees(/interrupted by the user[\s\S]*nix-repl> /);
  terminal.type('kept\n');
  await terminal.sees(/\n2\n/);
  await terminal.sees(/nix-repl> /);
  terminal.type('half of a li');
  await terminal.sees(/half of a li/);
  terminal.type('\x03');
  await terminal.sees(/\^C\nnix-repl> /);
  terminal.type('kept + 1\n');
  await terminal.sees(/\n3\n/);
  terminal.type(':q\n');
  assert.equal(await terminal.ended, 0);
});

test('a second ctrl-c ends an evaluation without checkpoints, and the variables are defined again', { skip: scriptMissing }, async (t) => {
  const { terminal } = await repl(t, ['--expr', '{ loaded = 3; }']);
  terminal.type('kept = loaded + 1\n');
  await terminal.sees(/nix-repl> /);
  // No builtin is called here, so there is no checkpoint.
  terminal.type("builtins.foldl' builtins.add 0 (builtins.genList (builtins.add 1) 60000000)\n");
  await new Promise((done) => setTimeout(done, 1000));
  terminal.type('\x03');
  await new Promise((done) => setTimeout(done, 300));
  terminal.type('\x03');
  await terminal.sees(/interrupted by the user[\s\S]*nix-repl> /);
  terminal.type('kept + loaded\n');
  await terminal.sees(/\n7\n\nnix-repl> /);
  terminal.type('\x04');
  assert.equal(await terminal.ended, 0);
});

test('tab completes variables, attributes, commands and files', { skip: scriptMissing }, async (t) => {
  const { terminal } = await repl(t, ['--expr', '{ machine = { hostName = "one"; "odd name" = 2; }; }'], { 'some-file.nix': '7' });
  terminal.type('mach\t');
  await terminal.sees(/machine/);
  terminal.type('.ho\t');
  await terminal.sees(/\.hostName/);
  terminal.type('\n');
  await terminal.sees(/"one"\n\nnix-repl> /);
  terminal.type('machine."o\t');
  await terminal.sees(/odd name"/);
  terminal.type('\n');
  await terminal.sees(/\n2\n\nnix-repl> /);
  terminal.type('import ./some-\t');
  await terminal.sees(/file\.nix/);
  terminal.type('\n');
  await terminal.sees(/\n7\n\nnix-repl> /);
  terminal.type(':load-f\t');
  await terminal.sees(/lake/);
  terminal.type('\x03\x04');
  assert.equal(await terminal.ended, 0);
});

test('keeps the history for the next run', { skip: scriptMissing }, async (t) => {
  const { terminal, folder, again } = await repl(t);
  terminal.type('11 * 11\n');
  await terminal.sees(/\n121\n\nnix-repl> /);
  terminal.type('\x04');
  await terminal.ended;
  assert.equal(readFileSync(join(folder, 'home/.local/state/bootflake/repl-history'), 'utf8'), '11 * 11\n');
  const next = again();
  await next.sees(/nix-repl> /);
  next.type('\x1b[A\n');
  await next.sees(/\n121\n/);
  next.type('\x04');
  assert.equal(await next.ended, 0);
});

test(':edit shows the file in $EDITOR and loads it again', { skip: scriptMissing }, async (t) => {
  const { terminal } = await repl(t, ['--file', 'f.nix'], { 'f.nix': '{ f = x: x; mark = "the file"; }\n' });
  terminal.type(':e f\n');
  await terminal.sees(/mark = "the file"/);
  await terminal.sees(/Loading 'f\.nix'/);
  await terminal.sees(/nix-repl> /);
  terminal.type('mark\n');
  await terminal.sees(/"the file"\n\nnix-repl> /);
  terminal.type(':q\n');
  assert.equal(await terminal.ended, 0);
});
