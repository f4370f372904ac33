/** Damaged and malicious lock files: each is refused quickly, with the place of the error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import { checkFollows, findInput, printLock } from '../../src/flake/lock-file.ts';
import { mostLockBytes, parseLockFile } from '../../src/flake/read-lock-file.ts';
import { newWorkspace } from './workspace.ts';
import { Random } from '../../scripts/fuzz/random.ts';

type Json = Record<string, unknown>;

const github = { type: 'github', owner: 'a', repo: 'b' };
const locked = { ...github, rev: 'e'.repeat(40), narHash: `sha256-${'A'.repeat(43)}=`, lastModified: 1700000000 };
const node = (inputs: unknown = {}, more: Json = {}): Json => ({ inputs, locked, original: github, ...more });
const lockOf = (nodes: Json, more: Json = {}): Json => ({ version: 7, root: 'root', nodes, ...more });
const withA = (a: unknown, others: Json = {}): Json => lockOf({ root: { inputs: { a: 'a' } }, a, ...others });

const cases: [what: string, lock: unknown, message: RegExp][] = [
  ['null', null, /it is null, not a set/],
  ['a list', [], /it is a list, not a set/],
  ['a number', 5, /it is a number, not a set/],
  ['a string', '"x"', /it is a string/],
  ['nothing', '', /could not parse/],
  ['a part', '{"version": 7, "no', /could not parse/],
  ['not JSON', 'root:x:0:0', /could not parse/],
  ['no version', {}, /unsupported version 0/],
  ['a version as text', { version: '7' }, /unsupported version "7"/],
  ['a version in between', { version: 6.5 }, /unsupported version 6\.5/],
  ['a version that is a set', { version: { a: 1 } }, /unsupported version \{/],
  ['a root that is a number', lockOf({}, { root: 5 }), /its 'root' is a number, not a string/],
  ['nodes in a list', { version: 7, nodes: [] }, /its 'nodes' is a list, not a set/],
  ['a root that is null', lockOf({ root: null }), /node 'root' is null, not a set/],
  ['inputs in a list', lockOf({ root: { inputs: [] } }), /'inputs' of node 'root' is a list, not a set/],
  ['an input that is a number', lockOf({ root: { inputs: { a: 5 } } }), /input 'a' of node 'root' is a number, not a list of names/],
  ['an input that is null', lockOf({ root: { inputs: { a: null } } }), /input 'a' of node 'root' is null/],
  ['follows of numbers', lockOf({ root: { inputs: { a: [5] } } }), /input 'a' of node 'root' is a list, not a list of names/],
  ['a node that is missing', lockOf({ root: { inputs: { a: 'b' } } }), /references missing node 'b'/],
  ['a node that every object has', lockOf({ root: { inputs: { a: 'constructor' } } }), /references missing node 'constructor'/],
  ['a node that is text', withA('x'), /node 'a' is a string, not a set/],
  ['locked as null', withA(node({}, { locked: null })), /'locked' of node 'a' is null, not a set/],
  ['no original', withA({ locked }), /attribute 'original' missing/],
  ['original as text', withA(node({}, { original: 'x' })), /'original' of node 'a' is a string/],
  ['flake as text', withA(node({}, { flake: 'no' })), /'flake' of node 'a' is a string, not a Boolean/],
  ['flake as null', withA(node({}, { flake: null })), /'flake' of node 'a' is null/],
  ['parent as text', withA(node({}, { parent: 'x' })), /'parent' of node 'a' is a string, not a list of names/],
  ['no type', withA(node({}, { locked: {} })), /'type' attribute/],
  ['a type that is unknown', withA(node({}, { locked: { type: 'frob' } })), /input type 'frob' is not supported/],
  ['an attribute that is a list', withA(node({}, { locked: { ...locked, rev: ['x'] } })), /'rev' is not a string/],
  ['a time that is none', withA(node({}, { locked: { ...locked, lastModified: 1e15 } })), /'lastModified' is no time/],
  ['a line break', withA(node({}, { locked: { ...locked, rev: undefined, ref: 'a\nb' } })), /control character/],
  ['a cycle to the root', lockOf({ root: { inputs: { a: 'root' } } }), /cycle to the root/],
  ['a node in itself', withA(node({ a: 'a' })), /contains a cycle: a -> a/],
  ['a cycle', withA(node({ b: 'b' }), { b: node({ c: 'c' }), c: node({ a: 'a' }) }), /contains a cycle: a -> b -> c -> a/],
];

test('reports the place of an error in a lock file', () => {
  for (const [what, lock, message] of cases) {
    assert.throws(
      () => parseLockFile(typeof lock === 'string' ? lock : JSON.stringify(lock), '/x/flake.lock'),
      (error: unknown) => {
        assert.ok(error instanceof BootflakeError, `${what}: ${error}`);
        assert.match(error.message, message, what);
        assert.match(JSON.stringify([error.message, error.hint, error.trace]), /\/x\/flake\.lock/, what);
        return true;
      },
    );
  }
});

test('limits depth, number and size', () => {
  const began = process.cpuUsage();
  const chain = (length: number): Json =>
    lockOf({
      root: { inputs: { n: 'n0' } },
      ...Object.fromEntries(Array.from({ length }, (_, i) => [`n${i}`, node(i + 1 < length ? { n: `n${i + 1}` } : {})])),
    });
  assert.throws(() => parseLockFile(JSON.stringify(chain(5000)), 'x'), /further than 100 levels/);
  assert.doesNotThrow(() => printLock(parseLockFile(JSON.stringify(chain(90)), 'x')));
  // Two references per level: 2^40 inputs.
  const diamonds = lockOf({
    root: { inputs: { a: 'n0' } },
    ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`n${i}`, node(i < 39 ? { l: `n${i + 1}`, r: `n${i + 1}` } : {})])),
  });
  assert.throws(() => parseLockFile(JSON.stringify(diamonds), 'x'), /more than 20000 inputs/);
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    const depth = mostLockBytes / (open.length + 1) - 100;
    assert.throws(
      () => parseLockFile(`{"version":7,"nodes":${open.repeat(depth)}1${close.repeat(depth)}}`, 'x'),
      /nested more than 32 levels deep/,
    );
  }
  assert.doesNotThrow(() => parseLockFile(JSON.stringify(withA(node({ ['["{'.repeat(50)]: ['a'] }))), 'x'));
  const follows = (length: number): Json =>
    lockOf({
      root: { inputs: Object.fromEntries(Array.from({ length }, (_, i) => [`f${i}`, i + 1 < length ? [`f${i + 1}`] : 'a'])) },
      a: node(),
    });
  const long = parseLockFile(JSON.stringify(follows(5000)), 'x');
  assert.throws(() => checkFollows(long), { code: 'flake/follows-cycle' });
  assert.ok(findInput(parseLockFile(JSON.stringify(follows(100)), 'x'), ['f0'])?.lock);
  // Paths through paths: the number of steps grows like Fibonacci's.
  const grown = lockOf({
    root: {
      inputs: { a: 'a', ...Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`x${i}`, i < 2 ? 'a' : [`x${i - 1}`, `s${i}`]])) },
    },
    a: node(Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`s${i}`, i < 2 ? [] : [`x${i - 2}`]]))),
  });
  assert.throws(() => checkFollows(parseLockFile(JSON.stringify(grown), 'x')), { code: 'flake/follows-cycle' });
  const { user } = process.cpuUsage(began);
  assert.ok(user < 10e6, `${user} µs`);
});

test('damaged lock files are read or refused without an internal error', () => {
  const whole = JSON.stringify(
    lockOf({
      root: { inputs: { a: 'a', b: ['a', 'c'], d: 'd' } },
      a: node({ c: 'c' }),
      c: node({}, { flake: false, parent: ['a'] }),
      d: {
        locked: { type: 'git', url: 'https://h/x', rev: 'e'.repeat(40), revCount: 1, shallow: true, dir: 's' },
        original: { type: 'indirect', id: 'x' },
      },
    }),
  );
  const random = new Random(1);
  const next = (n: number): number => random.below(n);
  const pieces = [
    'null',
    '[]',
    '{}',
    '1',
    '-1',
    '1e999',
    '"x"',
    'true',
    '"__proto__"',
    '"root"',
    '["a"]',
    '"\\u0000"',
    '""',
    '[[]]',
    '"../.."',
  ];
  let refused = 0;
  for (let round = 0; round < 3000; round += 1) {
    const values = [...whole.matchAll(/"[^"]*"|\d+|true|false|[[\]{}:,]/g)];
    const { 0: found, index } = values[next(values.length)] as RegExpExecArray;
    const text =
      round % 3 === 0
        ? whole.slice(0, next(whole.length))
        : `${whole.slice(0, index)}${pieces[next(pieces.length)]}${whole.slice(index + found.length)}`;
    try {
      const root = parseLockFile(text, 'x');
      printLock(root);
      checkFollows(root);
    } catch (error) {
      assert.ok(error instanceof BootflakeError, `${text}\n${(error as Error).stack}`);
      refused += 1;
    }
  }
  assert.ok(refused > 1000 && refused < 3000, String(refused));
});

test('reports a bad lock file of a flake', (t) => {
  const space = newWorkspace(t);
  const lock = (text: string) => {
    space.write({ 'f/flake.nix': '{ inputs.__proto__.url = "path:/nowhere"; outputs = _: { }; }', 'f/flake.lock': text });
    return space.lock(`path:${space.path('f')}`);
  };
  assert.throws(() => lock('null'), { code: 'flake/bad-lock-file', message: /flake\.lock' is wrong: it is null/ });
  assert.throws(() => lock(' '.repeat(mostLockBytes + 1)), {
    code: 'flake/bad-lock-file',
    message: /has 8388609 bytes, more than a lock file can have/,
  });
  // A name with a meaning in JavaScript objects is a name like any other.
  const nodes =
    '"__proto__":{"locked":{"type":"path","path":"/nowhere","narHash":"sha256-x","lastModified":1},"original":{"type":"path","path":"/nowhere"}}';
  const { root } = lock(`{"version":7,"root":"root","nodes":{"root":{"inputs":{"__proto__":"__proto__"}},${nodes}}}`);
  assert.match(printLock(root).text, /"inputs": \{\s+"__proto__": "__proto__"/);
});

test('shortens long references in messages', () => {
  const url = `https://example.org/${'${'.repeat(50_000)}`;
  const lock = withA(node({}, { locked: { type: 'git', url, rev: 'e'.repeat(40), narHash: locked.narHash } }));
  assert.throws(
    () => parseLockFile(JSON.stringify(lock), '/x/flake.lock'),
    (error: Error & { code: string }) => {
      assert.equal(error.code, 'flake/bad-url');
      assert.match(error.message, /\.\.\./);
      return error.message.length < 10_000;
    },
  );
});
