/**
 * Foreign text (from flakes, files, registries, archives) on a terminal and in a pipe: the terminal must see no control sequences but
 * colours, and data in a pipe must be exact. Each row prints hostile text in another way.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { scriptMissing, Terminal } from '../support/terminal.ts';
import { workplace, type Workplace } from '../support/bootflake.ts';

/** Writes to the clipboard, moves the cursor, uses the C1 form of CSI, backspaces and the reversal of the writing direction. */
const clipboard = '\x1b]52;c;aGk=\x07';
const hostile = `bad${clipboard}\x1b[2A\x9b5m\b\u202eend`;
/** How the terminal must show it. */
const seen = 'bad^[]52;c;aGk=^G^[[2A<U+009B>5m^H<U+202E>end';
const coloured = `\x1b[31mred\x1b[0m ${hostile}`;

let place: Workplace;
const text = (value: string): string => `"${value.replaceAll('"', '\\"')}"`;

let names = '';

before(async () => {
  place = workplace('output');
  const write = (path: string, content: string): void => {
    mkdirSync(join(place.folder, path, '..'), { recursive: true });
    writeFileSync(join(place.folder, path), content);
  };
  write(
    'flake/flake.nix',
    `{
    description = ${text(coloured)};
    inputs.${text(hostile)}.url = "path:./other";
    inputs.other.url = "path:./other";
    outputs = inputs: {
      templates.t.description = ${text(hostile)};
      packages.x86_64-linux.${text(hostile)} = derivation { name = "x"; system = "builtin"; builder = ${text(`builtin:${hostile}`)}; };
      packages.x86_64-linux.fetched = derivation {
        name = "x"; system = "builtin"; builder = "builtin:fetchurl"; outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "";
        urls = [ ${text(`file:///missing-${hostile}`)} "file:///missing" ];
      };
      apps.x86_64-linux.a = { type = "app"; program = "x"; meta.description = ${text(coloured)}; };
      checks.x86_64-linux.c = throw ${text(coloured)};
    };
  }`,
  );
  write('flake/other/flake.nix', `{ description = ${text(hostile)}; outputs = inputs: { }; }`);
  write('bad-flake/flake.nix', `{ outputs = inputs: { }; ${text(hostile)} = 1; }`);
  write('syntax.nix', `{ a = /* ${hostile} */ ; }`);
  write('value.nix', `${text(hostile)}`);
  write(`file-${hostile}.nix`, '1 +');
  write(
    'config/nix/registry.json',
    JSON.stringify({ version: 2, flakes: [{ from: { type: 'indirect', id: hostile }, to: { type: 'path', path: '/a' } }] }),
  );
  write('input', `builtins.trace ${text(hostile)} ${text(hostile)}\nthrow ${text(hostile)}\n`);
  write(`no-image/${hostile}.qcow2`, 'x');
  write(`no-image/${hostile}.raw`, hostile);
  const added = await place.bootflake([
    'eval',
    '--impure',
    '--raw',
    '--expr',
    'builtins.toString (builtins.path { path = ./no-image; name = "names"; })',
  ]);
  assert.equal(added.status, 0, added.stderr);
  names = added.stdout;
});
after(() => place.remove());

interface RowOptions {
  stdin?: string;
  /** The exact standard output in a pipe. */
  pipe?: string;
  /** Standard output is data: in a pipe the hostile text is unchanged. */
  data?: true;
  /** How the text looks if not like `seen`. */
  seen?: string;
}
type Row = [what: string, args: string[], options?: RowOptions];

const rows: Row[] = [
  ['throw', ['eval', '--expr', `throw ${text(coloured)}`]],
  ['abort', ['eval', '--expr', `abort ${text(coloured)}`]],
  ['trace', ['eval', '--expr', `builtins.trace ${text(coloured)} 1`], { pipe: '1\n' }],
  ['warn', ['eval', '--expr', `builtins.warn ${text(coloured)} 1`], { pipe: '1\n' }],
  ['the context of an error', ['eval', '--expr', `builtins.addErrorContext ${text(hostile)} (throw "x")`, '--show-trace']],
  ['the name of a missing attribute', ['eval', '--expr', `({ }).${text(hostile)}`]],
  ['a name in a value', ['eval', '--expr', `{ ${text(hostile)} = 1; }`], { pipe: `{ "${hostile}" = 1; }\n` }],
  ['a value', ['eval', '--expr', text(hostile)], { pipe: `"${hostile}"\n` }],
  ['a raw value', ['eval', '--raw', '--expr', text(coloured)], { pipe: coloured }],
  [
    'a value as JSON',
    ['eval', '--json', '--expr', text(`a\x9b\u202e${clipboard}`)],
    { pipe: '"a\x9b\u202e\\u001b]52;c;aGk=\\u0007"\n', seen: 'a<U+009B><U+202E>\\u001b]52' },
  ],
  ['the source line of an error', ['eval', '-f', 'syntax.nix']],
  ['the name of a file', ['eval', '-f', `file-${hostile}.nix`]],
  ['a file that does not exist', ['eval', '-f', `missing-${hostile}`]],
  ['an option that does not exist', ['eval', `--${hostile}`]],
  ['a command that does not exist', [hostile]],
  ['a setting', ['eval', '--expr', '1', '--image-builder', hostile]],
  ['flake show', ['flake', 'show', './flake']],
  ['flake show of an error', ['flake', 'show', './bad-flake']],
  ['flake metadata', ['flake', 'metadata', './flake']],
  ['flake check', ['flake', 'check', './flake']],
  ['a flake that does not exist', ['flake', 'metadata', `path:./missing-${hostile}`]],
  [
    'a builder that does not exist',
    ['build', `./flake#packages.x86_64-linux.${text(hostile)}`, '--no-link'],
    { seen: 'builtin:bad^[]52;c;aGk=^G^[[2A' },
  ],
  ["a builder's log", ['build', './flake#fetched', '--no-link', '-L']],
  ['registry list', ['registry', 'list', '--offline', '--option', 'flake-registry', '/dev/null'], { seen: 'bad\\u001b]52;c' }],
  ['an image that does not exist', ['run', `./missing-${hostile}.qcow2`]],
  ['images in a folder', ['run', './no-image']],
  ['a wrong forward', ['run', './no-image', '--forward', hostile]],
  ['a store path that does not exist', ['store', 'ls', `/nix/store/${hostile}`]],
  ['a mirror', ['doctor', '--mirror', `http://127.0.0.1:9/${hostile}`, '--security-mirror', 'http://127.0.0.1:9']],
  ['store ls', ['store', 'ls', '@names@'], { data: true }],
  ['store cat', ['store', 'cat', `@names@/${hostile}.raw`], { pipe: hostile }],
  ['a repl on a pipe', ['repl'], { stdin: 'input', data: true }],
];

const cli = resolve('dist/bootflake.js');

/** Runs a program with some input and returns its output. */
function run(
  command: string,
  args: string[],
  environment: NodeJS.ProcessEnv,
  input = '',
): Promise<{ stdout: string; stderr: string; status: number | null }> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      cwd: place.folder,
      env: { ...place.environment, NO_COLOR: '', XDG_CONFIG_HOME: join(place.folder, 'config'), ...environment },
      stdio: 'pipe',
    });
    const outcome = { stdout: '', stderr: '', status: null as number | null };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      outcome.stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      outcome.stderr += chunk;
    });
    child.on('error', failed).on('close', (status) => done({ ...outcome, status }));
    child.stdin.on('error', () => {}).end(input);
  });
}

const argumentsOf = ([, args]: Row): string[] => args.map((word) => word.replace('@names@', names));
const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

function onTerminal(row: Row): Promise<{ stdout: string }> {
  const words = [process.execPath, cli, ...argumentsOf(row)].map(quoted).join(' ');
  const { stdin = '/dev/null' } = row[2] ?? {};
  return run('script', ['-qefc', `stty cols 800; exec ${words} <${stdin}`, '/dev/null'], { TERM: 'xterm', SHELL: '/bin/sh' });
}

const obeyed = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\r*\n)/;
/** Removes colours and the sequences that draw the progress line. */
const plain = (shown: string): string => shown.replace(/\x1b\[[0-9;]*m|\r\x1b\[K/g, '');

describe('hostile text', { concurrency: 3 }, () => {
  for (const row of rows) {
    const [what, , options = {}] = row;
    test(`${what}: on a terminal`, { skip: scriptMissing }, async () => {
      const { stdout } = await onTerminal(row);
      assert.ok(plain(stdout).includes(options.seen ?? seen), `the hostile text is not shown in ${JSON.stringify(stdout)}`);
      assert.doesNotMatch(plain(stdout), obeyed);
    });
    test(`${what}: in a pipe`, async () => {
      const input = options.stdin === undefined ? '' : readFileSync(join(place.folder, options.stdin), 'utf8');
      const { stdout, stderr } = await run(process.execPath, [cli, ...argumentsOf(row)], {}, input);
      assert.doesNotMatch(stderr, obeyed);
      if (options.pipe !== undefined) assert.equal(stdout, options.pipe);
      else if (!options.data) assert.doesNotMatch(stdout, obeyed);
      const exact = options.pipe?.includes('\x9b') || (options.data && stdout.includes(hostile));
      assert.ok(exact || (stdout + stderr).includes(options.seen ?? seen), `the hostile text is not in ${JSON.stringify(stdout + stderr)}`);
    });
  }

  test('keeps the colours of a trace on a terminal, and ends them with its line', { skip: scriptMissing }, async () => {
    const args = ['eval', '--expr', `builtins.trace ${text('\x1b[31mred')} 1`];
    assert.match((await onTerminal(['', args])).stdout, /trace: \x1b\[31mred\x1b\[0m\r\n/);
    assert.match((await run(process.execPath, [cli, ...args], {})).stderr, /^trace: red$/m);
    assert.doesNotMatch(
      (
        await run('script', ['-qefc', [process.execPath, cli, ...args].map(quoted).join(' '), '/dev/null'], {
          TERM: 'xterm',
          NO_COLOR: '1',
        })
      ).stdout,
      /\x1b\[31m/,
    );
  });

  test('does not complete names that contain control characters', { skip: scriptMissing }, async () => {
    const repl = new Terminal([process.execPath, cli, 'repl', '--expr', `{ set = { aa = 1; ab = 2; ${text(hostile)} = 3; }; }`], {
      cwd: place.folder,
      environment: { ...place.environment, NO_COLOR: '' },
    });
    await repl.sees(/nix-repl> /);
    repl.type('set.\t');
    await repl.sees(/set\.a/);
    repl.type('\t');
    await repl.sees(/set\.aa\s+set\.ab/);
    repl.type('aa\n:q\n');
    await repl.ended;
    assert.ok(!repl.raw().includes('\x1b]52'));
  });

  test('ends silently when the reader closes the pipe', async () => {
    const outcome = await run(
      '/bin/sh',
      [
        '-c',
        `{ ${quoted(process.execPath)} ${quoted(cli)} eval --expr 'builtins.trace "x" (builtins.genList (i: i) 50000)' ` +
          '2>errors; echo $? >status; } | head -c 1',
      ],
      {},
    );
    assert.equal(outcome.stdout, '[');
    assert.equal(readFileSync(join(place.folder, 'status'), 'utf8'), '141\n');
    assert.equal(readFileSync(join(place.folder, 'errors'), 'utf8'), 'trace: x\n');
    const ofErrors = await run(
      '/bin/sh',
      ['-c', `{ ${quoted(process.execPath)} ${quoted(cli)} eval --expr 'throw "x"'; echo $? >status; } 2>&1 >/dev/null | true`],
      {},
    );
    assert.equal(ofErrors.stderr, '');
  });

  test('reports an error when the output cannot be written', { skip: !existsSync('/dev/full') }, async () => {
    const outcome = await run('/bin/sh', ['-c', `${quoted(process.execPath)} ${quoted(cli)} eval --expr 1 >/dev/full`], {});
    assert.equal(outcome.status, 1);
    assert.match(outcome.stderr, /^error: standard output cannot be written: ENOSPC/);
  });
});

test('only src/cli/output.ts writes to standard output and standard error', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && file !== 'cli/output.ts',
  );
  const writes = /\bprocess\.std(?:out|err)\.write|\bconsole\.(?:log|error|warn|info|debug)\b|\b(?:write|writeFile|writev)Sync\([12],/;
  assert.deepEqual(
    // Except in examples in comments.
    sources.filter((file) => writes.test(readFileSync(join('src', file), 'utf8').replace(/\/\*\*[^]*?\*\//g, ''))),
    [],
  );
});
