/** The repl through a pipe. Results and wording are those of Nix 2.34.8's repl unless stated otherwise. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { workplace, type Workplace } from '../support/bootflake.ts';

interface Answers {
  status: number | null;
  out: string;
  notes: string;
}

function place(t: TestContext, files: Record<string, string> = {}): Workplace {
  const made = workplace('repl-pipe');
  t.after(() => made.remove());
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(made.folder, name)), { recursive: true });
    writeFileSync(join(made.folder, name), text);
  }
  return made;
}

function ask({ folder, environment }: Workplace, lines: string, args: string[] = []): Promise<Answers> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [resolve('dist/bootflake.js'), 'repl', ...args], { cwd: folder, env: environment });
    let [out, notes] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      notes += text;
    });
    child.on('error', failed);
    child.on('close', (status) => done({ status, out, notes }));
    child.stdin.end(lines);
  });
}

test('prints only results to standard output, without a prompt', async (t) => {
  const { status, out, notes } = await ask(place(t), '1 + 2\n{ a = { }; b = [ 1 ]; }\n:p { a = { b = 1; }; }\n:p "a\\nb"\n"a\\nb"');
  assert.equal(out, '3\n{\n  a = { ... };\n  b = [ ... ];\n}\n{\n  a = { b = 1; };\n}\na\nb\n"a\\nb"\n');
  assert.equal(notes, '');
  assert.equal(status, 0);
});

test('continues after a failing line, and exits with an error status', async (t) => {
  const { status, out, notes } = await ask(place(t), 'throw "no"\n:nonsense\n1\n');
  assert.equal(out, '1\n');
  assert.match(notes, /error: no\n[\s\S]*unknown command ':nonsense'/);
  assert.equal(status, 1);
});

test('accepts definitions: several, inherit, nested, of several lines, using earlier ones', async (t) => {
  const { out, status } = await ask(
    place(t),
    [
      'x = 1',
      'x = x + 1; y = x',
      '[ x y ]',
      'inherit (builtins) length; z = 3',
      'length [ x z ]',
      'a.b = 5; a.c = 6',
      ':p a',
      's = {',
      '  t = 1;',
      '}',
      's.t',
      'f = n:',
      '  n + x',
      'f 1',
      '"two',
      'lines"',
      'x == 2',
      'inherit x',
      '',
    ].join('\n'),
  );
  assert.equal(out, '[\n  2\n  1\n]\n2\n{\n  b = 5;\n  c = 6;\n}\n1\n3\n"two\\nlines"\ntrue\n');
  assert.equal(status, 0);
});

test('reports the later of two possible syntax errors, as an expression or as definitions', async (t) => {
  const { notes } = await ask(place(t), 'x = 1; throw "foo"\ny = undefinedVariable\na b = 1\n1 +');
  assert.match(notes, /unexpected `"foo"`, expected `=`|unexpected `"`, expected `=`/);
  assert.match(notes, /undefined variable 'undefinedVariable'/);
  assert.match(notes, /unexpected `=`/);
  // The input ends within the last expression.
  assert.match(notes, /unexpected end of the file, expected an expression/);
});

test('loads files, and reloads their current contents', async (t) => {
  const made = place(t, { 'l.nix': '{ n ? 1 }: { inherit n; add = x: y: x + y; }' });
  const { out, notes, status } = await ask(made, ':l ./l.nix\nn\n:ll\nlate = 1\n:r\nadd n n\nlate\n', ['--argstr', 'n', 'five']);
  assert.equal(out, '"five"\nadd\nn\n"fivefive"\n');
  assert.match(
    notes,
    /^Added 2 variables\.\nadd, n\nLoading '\.\/l\.nix'\.\.\.\nAdded 2 variables\.\nadd, n\nerror: undefined variable 'late'/,
  );
  assert.equal(status, 1);
});

test(':r loads a file whose error has been fixed', async (t) => {
  const made = place(t, { 'l.nix': '{ a = ; }' });
  const { out, notes } = await ask(made, ':l ./l.nix\nbuiltins.seq (import ./mend.nix) 1\n:r\na\n');
  assert.match(notes, /syntax error/);
  assert.ok(!out.includes('42'));
  writeFileSync(join(made.folder, 'l.nix'), '{ a = 42; }');
  assert.equal((await ask(made, ':r\n:l ./l.nix\na\n')).out, '42\n');
});

test('loads the outputs of a flake as variables', async (t) => {
  const made = place(t, { 'f/flake.nix': '{ outputs = { self }: { lib.a = 1; packages.x86_64-linux.default = 5; }; }' });
  const loaded = await ask(made, ':lf path:./f\n:p lib\n');
  assert.equal(loaded.out, '{ a = 1; }\n');
  assert.match(
    loaded.notes,
    /Added 10 variables\.\n_type, inputs, lastModified, lastModifiedDate, lib, narHash, outPath, outputs, packages, sourceInfo\n/,
  );
  const given = await ask(made, 'lib.a\n', ['path:./f']);
  assert.equal(given.out, '1\n');
  assert.match(given.notes, /Loading installable 'path:\.\/f'\.\.\.\nAdded 2 variables\.\nlib, packages\n/);
  assert.equal((await ask(made, 'a\n', ['path:./f#lib'])).out, '1\n');
  assert.ok(!existsSync(join(made.folder, 'f/flake.lock')));
});

test('a script ends when a file cannot be loaded at the start', async (t) => {
  const { status, out } = await ask(place(t), '1\n', ['--file', 'missing.nix']);
  assert.equal(status, 1);
  assert.equal(out, '');
});

test('prints types', async (t) => {
  const { out } = await ask(
    place(t),
    ['1', '1.5', '"a"', './x', 'true', 'null', '[ ]', '{ }', 'x: x', 'map', '(map 1)'].map((e) => `:t ${e}\n`).join(''),
  );
  assert.deepEqual(out.trim().split('\n'), [
    'an integer',
    'a float',
    'a string',
    'a path',
    'a Boolean',
    'null',
    'a list',
    'a set',
    'a function',
    "the built-in function 'map'",
    "the partially applied built-in function 'map'",
  ]);
});

test('prints documentation of builtins, functions and attributes', async (t) => {
  const file =
    '{\n  /** Adds *two* numbers.\n\n      # Example\n      ```nix\n      add 1 2\n      ```\n  */\n' +
    '  add = x: y: x + y;\n  /** f doc */ f = { a, b ? 1 }: a;\n  /* plain */ g = x: x;\n  /**\n    A value.\n' +
    '      indented\n  */\n  v = 1;\n  h = { __functor = self: /** inside */ x: x; };\n}';
  const made = place(t, { 'l.nix': file });
  const { out, notes } = await ask(
    made,
    ':l ./l.nix\n:doc add\n:doc add 1\n:doc f\n:doc g\n:doc h\nl = import ./l.nix\n:doc l.v\n:doc builtins.map\n:doc v\n',
  );
  const at = join(made.folder, 'l.nix');
  assert.equal(
    out,
    [
      `Function add\n… defined at ${at}:9:9\n\nAdds two numbers.\n\nExample\n\n  │ add 1 2`,
      `Function add\n… defined at ${at}:9:12\n\nAdds two numbers.\n\nExample\n\n  │ add 1 2`,
      `Function f\n… defined at ${at}:10:20\n\nf doc`,
      `Function g\n… defined at ${at}:11:19`,
      `Function __functor\n… defined at ${at}:17:41\n\ninside`,
      `Attribute v\n… defined at ${at}:16:3\n\nA value. indented`,
      'Synopsis: builtins.map f list\n\nThe list of f applied to each element of list, each when it is needed.',
      '',
    ].join('\n'),
  );
  assert.match(notes, /error: value does not have documentation/);
});

test('builds and links derivations', async (t) => {
  const made = place(t);
  const tree =
    '(derivation { name = "hi"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true; entries = [ ' +
    '{ path = ""; text = "hello"; mode = "0444"; } ]; })';
  const { out, notes, status } = await ask(made, `d = ${tree}\n:b d\n:bl d\n`);
  assert.match(
    out,
    /^\nThis derivation produced the following outputs:\n {2}out -> \/nix\/store\/\S+-hi\n\nThis derivation[^\n]*\n {2}\.\/repl-result-out -> \/nix\/store\/\S+-hi\n$/,
    notes,
  );
  assert.match(readlinkSync(join(made.folder, 'repl-result-out')), /-hi$/);
  assert.equal(status, 0);
  assert.match((await ask(made, ':b 1\n')).notes, /expression does not evaluate to a derivation, so I can't build it/);
});

test('reports commands that Nix has and bootflake does not', async (t) => {
  const { notes } = await ask(place(t), ':u 1\n:i 1\n:c\n:log 1\n');
  assert.match(notes, /no nix-shell[\s\S]*no profiles[\s\S]*no debugger[\s\S]*keep no logs/);
});

test('shows traces on request', async (t) => {
  const { out, notes } = await ask(place(t), ':te\n:te\n:te true\n:te perhaps\n');
  assert.equal(out, 'showing error traces\nnot showing error traces\nshowing error traces\n');
  assert.match(notes, /unexpected argument 'perhaps' to :te/);
});

test('a signal ends it during an evaluation', async (t) => {
  const { folder, environment } = place(t);
  const child = spawn(process.execPath, [resolve('dist/bootflake.js'), 'repl'], { cwd: folder, env: environment });
  let notes = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    notes += text;
  });
  const ended = new Promise<number | null>((done) => child.on('close', done));
  child.stdin.write(
    '"ready"\nlet f = n: if n == 0 then 0 else 1 + f (n - 1); in builtins.foldl\' (a: b: a + f 12) 0 (builtins.genList (x: x) 10000000)\n',
  );
  await new Promise((done) => child.stdout.once('data', done));
  child.kill('SIGTERM');
  assert.equal(await ended, 130);
  assert.match(notes, /^interrupted; /);
});
