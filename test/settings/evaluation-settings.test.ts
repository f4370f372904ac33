/** Nix settings that affect evaluation. The expected behaviour is that of Nix 2.34.8 unless stated otherwise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { printValue } from '../../src/eval/print.ts';
import { defaultEvaluationSettings, type EvaluationSettings } from '../../src/eval/settings.ts';
import { readEvaluationSettings } from '../../src/settings/evaluation-settings.ts';
import { settingValues } from '../../src/settings/setting-values.ts';
import { ignoredSettings } from '../../src/settings/known-settings.ts';
import { fileHost } from '../support/file-host.ts';
import { open } from '../flake/opened.ts';
import { setEnvironment } from '../support/environment.ts';

const plain = { NIX_CONF_DIR: '/none', NIX_USER_CONF_FILES: '' };

function evaluate(text: string, settings: Partial<EvaluationSettings>): { value?: string; error?: BootflakeError; told: string[] } {
  const told: string[] = [];
  const ev = new Evaluator({
    host: fileHost({ warn: (message) => void told.push(message), trace: (message) => void told.push(message) }),
    builtins: allBuiltins,
    settings: { ...defaultEvaluationSettings, ...settings },
  });
  try {
    return { value: ev.toplevel(() => printValue(ev.evalString(text, '/base'), { style: 'eval', force: true })), told };
  } catch (error) {
    assert.ok(error instanceof BootflakeError);
    return { error, told };
  }
}

const evaluationSettings = (given: Record<string, string>, env: NodeJS.ProcessEnv) =>
  readEvaluationSettings(settingValues(given, env), env);

test('reads nix.conf, NIX_CONFIG, the environment and the command line; the last one counts', () => {
  assert.deepEqual(evaluationSettings({}, plain), defaultEvaluationSettings);
  for (const word of ['1', 'yes', 'true']) assert.equal(evaluationSettings({}, { ...plain, NIX_ABORT_ON_WARN: word }).abortOnWarn, true);
  assert.equal(evaluationSettings({}, { ...plain, NIX_ABORT_ON_WARN: 'no' }).abortOnWarn, false);
  assert.equal(evaluationSettings({}, { ...plain, NIX_ABORT_ON_WARN: '1', NIX_CONFIG: 'abort-on-warn = false' }).abortOnWarn, false);
  assert.equal(evaluationSettings({ 'abort-on-warn': 'true' }, { ...plain, NIX_CONFIG: 'abort-on-warn = false' }).abortOnWarn, true);
  assert.equal(evaluationSettings({ 'max-call-depth': '7' }, plain).maxCallDepth, 7);
  assert.deepEqual(evaluationSettings({}, { ...plain, NIX_CONFIG: 'warn-short-path-literals = true\nlint-url-literals = fatal' }).lints, {
    'lint-short-path-literals': 'warn',
    'lint-url-literals': 'fatal',
  });
  assert.deepEqual(
    evaluationSettings({ 'lint-short-path-literals': 'ignore' }, { ...plain, NIX_CONFIG: 'warn-short-path-literals = true' }).lints,
    { 'lint-short-path-literals': 'ignore' },
  );
  for (const [name, value] of [
    ['lint-url-literals', 'bad'],
    ['max-call-depth', '-1'],
    ['abort-on-warn', 'x'],
  ] as const) {
    assert.throws(() => evaluationSettings({ [name]: value }, plain), { code: 'flake/bad-settings' }, name);
  }
});

test('warns about unknown settings and unsupported values, and about settings without effect on the command line', () => {
  const config = {
    ...plain,
    NIX_CONFIG:
      'sandbox = true\nsubstituters = https://a.test\nextra-platforms = x\nfrobnicate = 1\nrestrict-eval = true\n' +
      'pure-eval = true\nextra-nix-path = a=/b\naccess-tokens = a.test=x',
  };
  assert.deepEqual(ignoredSettings({}, config), [
    "unknown setting 'frobnicate'",
    "setting 'restrict-eval' is not supported: 'true' has no effect",
    "setting 'nix-path' is not supported: 'a=/b' has no effect",
  ]);
  assert.deepEqual(ignoredSettings({ 'diff-hook': 'x', 'tarball-ttl': '5', 'extra-frob': '1' }, plain), [
    "setting 'diff-hook' has no effect here",
    "unknown setting 'extra-frob'",
  ]);
});

test('abort-on-warn ends the evaluation at a warning, also within tryEval', () => {
  const { error, told } = evaluate('builtins.tryEval (builtins.warn "careful" 1)', { abortOnWarn: true });
  assert.deepEqual(
    [error?.code, error?.message, error?.position?.column],
    ['eval/abort-on-warn', 'aborting to reveal stack trace of warning, as abort-on-warn is set', 19],
  );
  assert.deepEqual(told, ['careful']);
  assert.deepEqual(evaluate('builtins.warn "careful" 1', {}), { value: '1', told: ['careful'] });
  assert.deepEqual(evaluate('builtins.traceVerbose "v" 1', { traceVerbose: true }), { value: '1', told: ['v'] });
  assert.deepEqual(evaluate('builtins.traceVerbose "v" 1', {}), { value: '1', told: [] });
});

test('max-call-depth limits calls of functions, builtins and operators that are builtins', () => {
  const nested = (n: number): string => `let f = n: if n == 0 then 0 else 1 + f (n - 1); in f ${n}`;
  assert.equal(evaluate(nested(19), { maxCallDepth: 20 }).value, '19');
  const { error } = evaluate(nested(20), { maxCallDepth: 20 });
  assert.deepEqual(
    [error?.code, error?.message, error?.position?.column],
    ['eval/stack-overflow', 'stack overflow; max-call-depth exceeded', 43],
  );
  assert.equal(evaluate('builtins.tryEval (let f = n: f (n + 1); in f 0)', { maxCallDepth: 50 }).error?.code, 'eval/stack-overflow');
  // Depth is not the number of calls, and decreases when a call fails.
  assert.equal(
    evaluate('builtins.foldl\' (a: b: a - b) 0 (builtins.genList (x: (builtins.tryEval (throw "x")).success) 0 ++ [ 1 2 3 4 5 6 ])', {
      maxCallDepth: 4,
    }).value,
    '-21',
  );
  assert.equal(
    evaluate('builtins.length (builtins.filter (x: (builtins.tryEval (throw "x")).success) [ 1 2 3 4 5 6 7 8 9 ])', { maxCallDepth: 4 })
      .value,
    '0',
  );
});

test('warns about each literal once, in the order of the text, or refuses it', () => {
  const all = (level: 'warn' | 'fatal') => ({
    lints: { 'lint-url-literals': level, 'lint-short-path-literals': level, 'lint-absolute-path-literals': level } as const,
  });
  const text =
    'let f = x: { unused = [ http://foo a:b (x + x + x + x + x + x + x + x + x + x) ]; used = [ foo/bar ./x ../y ' +
    'foo/${"a"}/b /c/d /e/${"f"} ]; }; in [ (f 1).used (f 2).used ]';
  const { value, told } = evaluate(text, all('warn'));
  assert.match(value ?? '', /^\[ \[ \/base\/foo\/bar \/base\/x \/y \/base\/foo\/a\/b \/c\/d \/e\/f \]/);
  assert.deepEqual(
    told.map((message) => message.split('\n')[0]),
    [
      'URL literals are discouraged. Consider using a string literal "http://foo" instead (lint-url-literals)',
      'URL literals are discouraged. Consider using a string literal "a:b" instead (lint-url-literals)',
      "relative path literal 'foo/bar' should be prefixed with '.' for clarity: './foo/bar' (lint-short-path-literals)",
      "relative path literal 'foo/' should be prefixed with '.' for clarity: './foo/' (lint-short-path-literals)",
      "absolute path literals are not portable. Consider replacing path literal '/c/d' by a string, relative path, or " +
        'parameter (lint-absolute-path-literals)',
      "absolute path literals are not portable. Consider replacing path literal '/e/' by a string, relative path, or " +
        'parameter (lint-absolute-path-literals)',
    ],
  );
  const refused: [string, string][] = [
    ['http://foo', 'URL literals are disallowed. Consider using a string literal "http://foo" instead (lint-url-literals)'],
    ['a/b', "relative path literal 'a/b' should be prefixed with '.' for clarity: './a/b' (lint-short-path-literals)"],
    [
      '{ unused = /a; }',
      "absolute path literals are not portable. Consider replacing path literal '/a' by a string, relative path, or " +
        'parameter (lint-absolute-path-literals)',
    ],
  ];
  for (const [literal, message] of refused) {
    const { error } = evaluate(literal, all('fatal'));
    assert.deepEqual([error?.code, error?.message], ['eval/lint', message]);
  }
  assert.equal(evaluate('[ "http://foo" ./a ]', all('fatal')).error, undefined);
});

test('a session honours them: no build during evaluation, features of NIX_CONFIG', async (t) => {
  const { session } = open(t, {});
  const import_ =
    'import (derivation { name = "x"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true; ' +
    'entries = [ { path = ""; text = "1"; } ]; })';
  const s = session({ impure: true, nixSettings: { 'allow-import-from-derivation': 'false' } });
  await assert.rejects(
    s.evaluateExpression({ expr: import_, format: 'nix' }),
    /^.*cannot build '\/nix\/store\/[a-z0-9]{32}-x\.drv\^out' during evaluation because the option 'allow-import-from-derivation' is disabled/,
  );
  setEnvironment(t, { NIX_CONFIG: 'extra-experimental-features = pipe-operators' });
  assert.equal(await session().evaluateExpression({ expr: '1 |> (x: x + 1)', format: 'nix' }), '2');
});
