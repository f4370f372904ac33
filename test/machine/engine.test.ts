/** Whole evaluations that the machine cannot do: the caller sees one evaluation, that of the plain evaluator. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { BootflakeError, serializeError } from '../../src/base/errors.ts';
import { checkOutputs } from '../../src/outputs/check.ts';
import { FlakeEngine, type EngineServices } from '../../src/session/engine.ts';
import { evaluateExpression } from '../../src/outputs/evaluate-expression.ts';
import { evaluateInstallable } from '../../src/outputs/evaluate.ts';
import { defaultFlakeOptions } from '../../src/settings/options.ts';
import { shownJson, showTree } from '../../src/outputs/show.ts';
import type { EvalRequest } from '../../src/session/session-types.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
let engines = 0;

interface Run {
  engine: FlakeEngine;
  told: string[];
  /** The requests to the main thread. */
  asked: string[];
}

function open(
  machine: boolean,
  { impure = false, refresh = false, serve }: { impure?: boolean; refresh?: boolean; serve?: string } = {},
): Run {
  const told: string[] = [];
  const asked: string[] = [];
  const services: EngineServices = {
    callMain: ((method: string, argument: unknown) => {
      asked.push(`${method} ${JSON.stringify(argument).replaceAll(/engine-\d+|incoming(?:-\d+)+/g, '')}`);
      if (serve !== undefined && method === 'download') {
        const { url, file } = argument as { url: string; file: string };
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, serve);
        return { unchanged: false, url };
      }
      if (method === 'progress') return undefined;
      throw new BootflakeError({ code: `test/${method}`, message: `${method} failed`, hint: 'As it should' });
    }) as EngineServices['callMain'],
    warn: (message) => told.push(`warning: ${message}`),
    evaluationWarning: (message) => told.push(`evaluation warning: ${message}`),
    trace: (message) => told.push(`trace: ${message}`),
    note: (message) => told.push(`note: ${message}`),
    ...(!machine && { checkpoint: () => {} }),
  };
  const own = join(folder, `engine-${engines++}`);
  const engine = new FlakeEngine(
    {
      flake: { ...defaultFlakeOptions, impure, refresh },
      baseDir: folder,
      storeRoot: join(own, 'root'),
      cacheDir: join(own, 'cache'),
      system: 'x86_64-linux',
    },
    services,
  );
  return { engine, told, asked };
}

interface Answer {
  value?: unknown;
  error?: unknown;
  told: string[];
  asked: string[];
}

function answer({ engine, told, asked }: Run, run: (engine: FlakeEngine) => unknown): Answer {
  told.length = asked.length = 0;
  try {
    return { value: run(engine), told: [...told], asked: [...asked] };
  } catch (error) {
    // Without the folder of the store and the positions in our own code, which differ.
    const { stack: _, ...parts } = serializeError(error) as { stack?: string };
    return { error: JSON.parse(JSON.stringify(parts).replaceAll(/engine-\d+/g, 'engine')), told: [...told], asked: [...asked] };
  }
}

/** Runs the same with an engine with a machine and one without; returns the common outcome. */
function both(run: (engine: FlakeEngine) => unknown, options: Parameters<typeof open>[1] = {}): Answer {
  const plain = answer(open(false, options), run);
  const fast = answer(open(true, options), run);
  assert.deepEqual(fast, plain);
  return fast;
}

const evaluating =
  (expr: string, format: EvalRequest['format'] = 'nix') =>
  (engine: FlakeEngine) =>
    evaluateExpression(engine, { expr, format });
const failing = (expr: string, options?: Parameters<typeof open>[1]): Answer => {
  const found = both(evaluating(expr), options);
  assert.ok(found.error, `${expr} is ${String(found.value)}`);
  return found;
};

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

test('an error has its position and its trace', () => {
  write({ 'wrong.nix': '{ f = x: x + 1;\n  g = y:\n    let z = y; in z.missing;\n  h = throw "thrown"; }' });
  for (const expr of [
    '(import ./wrong.nix).f "a"',
    '(import ./wrong.nix).g { a = 1; }',
    '(import ./wrong.nix).h',
    'builtins.addErrorContext "while trying" ((import ./wrong.nix).g { })',
    'builtins.head (map (x: x.y) [ { } ])',
    'let x = x; in x',
    '1 +',
    'unknown',
    'import ./none.nix',
    'abort "end"',
    'assert 1 == 2; 1',
    '{ a = 1; }.b',
    '1 2',
    '(derivation { name = "n"; system = "s"; builder = 1.5 + ""; }).drvPath',
    'builtins.readFile ./none',
  ]) {
    const { error } = failing(expr, { impure: true });
    assert.ok((error as { message: string }).message.length > 0);
  }
});

test('prints each trace message once per call', () => {
  const { told } = failing(
    'let t = builtins.trace "again"; in t (t (builtins.trace "other" (builtins.warn "careful" (builtins.trace "again" (1 + "a")))))',
  );
  assert.deepEqual(told, ['trace: again', 'trace: again', 'trace: other', 'evaluation warning: careful', 'trace: again']);
  assert.doesNotMatch(failing('builtins.warn "https://user:secret@host.test/" (1 + "a")').told.join(), /secret/);
  assert.deepEqual(both(evaluating('builtins.trace "a" (builtins.trace [ 1 2 ] (builtins.trace "b" (builtins.trace "a" 5)))')).told, [
    'trace: a',
    'trace: [ 1 2 ]',
    'trace: b',
    'trace: a',
  ]);
  // A value that is printed with errors inside.
  assert.equal(both(evaluating('[ (builtins.trace "x" 1) (throw "inside") (builtins.trace "y" 2) ]')).told.length, 2);
});

test('a second evaluation prints the messages of the first again', () => {
  const run = open(true);
  const once = evaluating('builtins.trace "a" (1 + "")');
  for (let i = 0; i < 3; i++) assert.deepEqual(answer(run, once).told, ['trace: a']);
  assert.deepEqual(answer(run, evaluating('builtins.trace "a" 1')), { value: '1', told: ['trace: a'], asked: [] });
});

test('requests a failing download once', () => {
  const { asked, error } = failing('builtins.readFile (builtins.fetchurl "https://files.invalid/x")', { impure: true });
  assert.equal(asked.filter((line) => line.startsWith('download')).length, 1, asked.join('\n'));
  assert.match(JSON.stringify(error), /download failed/);
  assert.equal(
    failing('builtins.fetchTarball "https://files.invalid/x.tar.gz"', { impure: true }).asked.filter((line) => line.startsWith('download'))
      .length,
    1,
  );
  // Two failing downloads are two requests, and a second evaluation tries again.
  const tries = 'let f = n: builtins.tryEval (builtins.fetchurl "https://files.invalid/${n}"); in [ (f "a") (f "b") ]';
  assert.equal(both(evaluating(tries), { impure: true }).asked.filter((line) => line.startsWith('download')).length, 2);
  const run = open(true, { impure: true });
  for (let i = 0; i < 2; i++)
    assert.equal(
      answer(run, evaluating('builtins.fetchurl "https://files.invalid/x"')).asked.filter((line) => line.startsWith('download')).length,
      1,
    );
});

test('requests a failing build once', () => {
  const expr = 'import (derivation { name = "n"; system = "x86_64-linux"; builder = "/none"; })';
  const { asked, error } = failing(expr);
  assert.equal(asked.filter((line) => line.startsWith('realise')).length, 1, asked.join('\n'));
  assert.match(JSON.stringify(error), /realise failed/);
});

test('does not repeat a successful download when the evaluation then fails', () => {
  for (const refresh of [false, true]) {
    const { asked, told, error } = failing('builtins.trace (builtins.readFile (builtins.fetchurl "https://files.invalid/x")) (1 + "")', {
      impure: true,
      serve: 'content',
      refresh,
    });
    assert.equal(asked.filter((line) => line.startsWith('download')).length, 1, asked.join('\n'));
    assert.deepEqual(told, ['trace: content']);
    assert.match(JSON.stringify(error), /integer/);
  }
});

const flake = `{
  outputs = { self }: let
    drv = name: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; meta.description = "the \${name}"; };
  in {
    packages.x86_64-linux = { default = drv "one"; two = drv "two" // { meta.description = "second"; }; };
    packages.aarch64-linux.default = throw "not here";
    checks.x86_64-linux = { a = drv "check"; };
    nixosConfigurations.vm = { config = { }; };
    overlays.default = final: prev: { };
    templates.t = { path = ./.; description = "d"; };
    legacyPackages.x86_64-linux = { fine = drv "fine"; broken = 1 + "a"; deep = { inner = drv "inner"; }; };
    lib.add = a: b: a + b;
    where = self.outPath;
  };
}`;

test('shows, checks and builds a flake with the same results', () => {
  write({ 'flake/flake.nix': flake });
  const text = `path:${join(folder, 'flake')}`;
  const show = (legacy: boolean) => (engine: FlakeEngine) =>
    engine.certainly(() =>
      JSON.stringify(shownJson(showTree(engine.outputsOf(engine.openFlake(engine.parseRef(text))), { system: 'x86_64-linux', legacy }))),
    );
  assert.match(String(both(show(false)).value), /"the one"|"two"/);
  // Outputs that do not evaluate are left out; the machine has stopped then.
  assert.match(String(both(show(true)).value), /"broken":\{\},"deep":\{\},"fine":\{"description"/);
  const check = (engine: FlakeEngine): unknown =>
    engine.certainly(() =>
      checkOutputs(engine.outputsOf(engine.openFlake(engine.parseRef(text))), {
        system: 'x86_64-linux',
        flakeName: text,
        warn: engine.warn,
      }),
    );
  both(check);
  for (const attribute of [
    '',
    '#two',
    '#checks.x86_64-linux.a',
    '#legacyPackages.x86_64-linux.deep.inner',
    '#legacyPackages.x86_64-linux.broken',
    '#packages.aarch64-linux.default',
    '#none',
  ])
    both((engine) => evaluateInstallable(engine, text + attribute));
  for (const request of [
    { installable: `${text}#lib`, format: 'nix' },
    { installable: `${text}#where`, format: 'raw' },
    { installable: `${text}#lib.add`, apply: 'f: f 1 2', format: 'json' },
    { installable: `${text}#legacyPackages`, format: 'nix' },
    { installable: `${text}#checks`, format: 'json' },
  ] as EvalRequest[]) {
    both((engine) => evaluateExpression(engine, request));
  }
});

test('an engine continues with the same flake after the machine has stopped', () => {
  write({ 'flake/flake.nix': flake });
  const text = `path:${join(folder, 'flake')}`;
  const run = open(true);
  const package_ = (attribute: string) => (engine: FlakeEngine) => evaluateInstallable(engine, `${text}#${attribute}`);
  const first = answer(run, package_('two'));
  assert.ok(answer(run, package_('legacyPackages.x86_64-linux.broken')).error);
  assert.deepEqual(answer(run, package_('two')), first);
});

test('reports wrong flakes with the same errors', () => {
  const flakes = [
    '{ outputs = 1; }',
    '{ outputs = { self }: 1; }',
    '{ outputs = { self }: self.x; }',
    '{ outputs = { self }: { packages.x86_64-linux.default = 1; }; }',
    '{ outputs = { self, ... }: throw "no"; }',
    '{ outputs = ',
    '{ outputs = { self }: { packages.x86_64-linux = { default = self.packages.x86_64-linux.default; }; }; }',
  ];
  flakes.forEach((content, i) => {
    write({ [`wrong-${i}/flake.nix`]: content });
    assert.ok(both((engine) => evaluateInstallable(engine, `path:${join(folder, `wrong-${i}`)}`)).error, content);
  });
});
