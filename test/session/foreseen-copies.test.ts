/**
 * Hashing copies to the store ahead does not change their paths, their errors and the order of the calls of their filters.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { allBuiltins } from '../../src/eval/builtins/index.ts';
import { Evaluator } from '../../src/eval/evaluator.ts';
import { NixString } from '../../src/eval/value.ts';
import { AheadHash, type AheadDigest, type AheadEntries, type AheadOrder } from '../../src/session/ahead-hash.ts';
import { CopyMemory } from '../../src/session/copy-memory.ts';
import { FileSystemHost, type EvalHostServices } from '../../src/session/eval-host.ts';
import { ForeseenCopies } from '../../src/session/foreseen-copies.ts';
import { readTree } from '../../src/system/read-tree.ts';
import { narHash } from '../../src/nix-format/nar-writer.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
const store = LocalStore.open({ root: join(folder, 'root') });
after(() => store.close());

let trees = 0;
/** A tree with a file that copies the whole tree, and one that does not. */
function newTree(files: Record<string, string> = {}): string {
  const tree = join(folder, `tree-${trees++}`);
  const all = { 'copy.nix': '"${./.}"', 'plain.nix': '1', 'clean.nix': clean, 'sub/a': 'a', 'sub/b.o': 'b', 'z.o': 'z', ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(join(tree, name, '..'), { recursive: true });
    writeFileSync(join(tree, name), text);
  }
  return tree;
}
const clean =
  'builtins.path { name = "clean"; path = ./.; filter = path: type: builtins.trace (baseNameOf path) ' +
  '(builtins.match ".*\\\\.o" path == null); }';

/** Waits until the thread has started, as in an evaluation that takes longer than its start. */
class Begun extends AheadHash {
  override entries(): AheadEntries | undefined {
    this.hasBegun(120_000);
    return super.entries();
  }

  override digest(): AheadDigest | undefined {
    const digest = super.digest();
    if (digest) used += 1;
    return digest;
  }
}
/** How often a thread's hash was used. */
let used = 0;

interface Run {
  value: unknown;
  error: string | undefined;
  traced: string[];
  /** Trees for which a thread was started. */
  started: string[];
}

/** Evaluates a file once; with a memory, copies of any size are foreseen. */
function run(file: string, memory?: string): Run {
  const result: Run = { value: undefined, error: undefined, traced: [], started: [] };
  const refuse = (): never => assert.fail('no service is called');
  const services: EvalHostServices = {
    realise: refuse,
    fetchTree: refuse,
    parseFlakeRef: refuse,
    flakeRefToString: refuse,
    getFlake: refuse,
    openDebianArchive: refuse,
    warn: refuse,
    evaluationWarning: refuse,
    note: () => {},
    trace: (text) => result.traced.push(text),
  };
  const start = (order: AheadOrder): AheadHash => {
    result.started.push(order.tree);
    return new Begun(order);
  };
  const foreseen = memory === undefined ? undefined : new ForeseenCopies(new CopyMemory(memory), { large: { entries: 0, ms: 0 }, start });
  const host = new FileSystemHost({ store, system: 'x86_64-linux', pure: false, readOnly: true, services, ...(foreseen && { foreseen }) });
  const evaluator = new Evaluator({ host, builtins: allBuiltins });
  try {
    const value = evaluator.toplevel(() => evaluator.evalFile(file));
    result.value = value instanceof NixString ? value.s : value;
  } catch (error) {
    result.error = (error as Error).message;
  }
  foreseen?.save();
  return result;
}

const outcome = ({ value, error, traced }: Run) => ({ value, error, traced });

test('the thread computes the same hash, and visits the entries in the same order', () => {
  const tree = newTree();
  const asked: string[] = [];
  const node = readTree(tree, {
    filter: (path, type) => {
      asked.push(`${type} ${path.slice(tree.length + 1)}`);
      return !path.endsWith('.o');
    },
  });
  const ahead = new Begun({ tree, refused: new Set(['z.o', 'sub/b.o']) });
  const { paths, types } = ahead.entries()!;
  assert.deepEqual(
    paths.map((path, i) => `${types[i]} ${path}`),
    asked,
  );
  const found = ahead.digest()!;
  const { sha256, size } = narHash(node);
  assert.deepEqual({ sha256: Buffer.from(found.sha256), size: found.size }, { sha256: Buffer.from(sha256), size });
});

test('a thread that fails or has not started returns nothing', () => {
  const tree = newTree();
  assert.equal(spawnSync('mkfifo', [join(tree, 'pipe')]).status, 0);
  for (const order of [
    { tree, refused: new Set<string>() },
    { tree: join(folder, 'none'), refused: new Set<string>() },
  ]) {
    const ahead = new Begun(order);
    assert.equal(ahead.entries(), undefined);
    assert.equal(ahead.digest(), undefined);
  }
  const early = new AheadHash({ tree, refused: new Set(['pipe']) });
  assert.equal(early.entries(), undefined);
  assert.equal(early.digest(), undefined);
  early.drop();
});

for (const [how, file] of [
  ['without a filter', 'copy.nix'],
  ['with a filter', 'clean.nix'],
] as const) {
  test(`foresees a copy ${how} in the next evaluation with the same path; a changed tree has another one`, () => {
    const tree = newTree();
    const memory = join(folder, `memory-${file}`);
    const expected = outcome(run(join(tree, file)));
    assert.match(String(expected.value), /^\/nix\/store\//);
    const first = run(join(tree, file), memory);
    assert.deepEqual(first.started, []);
    used = 0;
    const second = run(join(tree, file), memory);
    assert.deepEqual(second.started, [tree]);
    assert.equal(used, 1);
    for (const one of [first, second]) assert.deepEqual(outcome(one), expected);
    assert.deepEqual(run(join(tree, 'plain.nix'), memory).started, []);

    writeFileSync(join(tree, 'sub/a'), 'changed');
    const changed = run(join(tree, file), memory);
    assert.deepEqual(changed.started, [tree]);
    assert.notEqual(changed.value, expected.value);
    assert.deepEqual(outcome(changed), outcome(run(join(tree, file))));
    // Its files are in the store, although this thread did not read the tree before the copy.
    assert.equal(readFileSync(store.realPath(`${String(changed.value)}/sub/a`), 'utf8'), 'changed');
  });
}

test('a filter that newly refuses a file counts, and is called only once', () => {
  const tree = newTree();
  const memory = join(folder, 'memory-refused');
  run(join(tree, 'clean.nix'), memory);
  writeFileSync(join(tree, 'sub/new.o'), 'new');
  rmSync(join(tree, 'z.o'));
  const changed = run(join(tree, 'clean.nix'), memory);
  assert.deepEqual(changed.started, [tree]);
  assert.deepEqual(outcome(changed), outcome(run(join(tree, 'clean.nix'))));
  used = 0;
  assert.deepEqual(outcome(run(join(tree, 'clean.nix'), memory)), outcome(changed));
  assert.equal(used, 1);
});

test('reports what cannot be copied as without a thread', () => {
  for (const file of ['copy.nix', 'clean.nix']) {
    const tree = newTree();
    const memory = join(folder, `memory-pipe-${file}`);
    run(join(tree, file), memory);
    assert.equal(spawnSync('mkfifo', [join(tree, 'sub/pipe')]).status, 0);
    const failed = run(join(tree, file), memory);
    assert.deepEqual(failed.started, [tree]);
    assert.match(failed.error!, /sub\/pipe' has an unsupported type: it is a device, socket or pipe/);
    assert.deepEqual(outcome(failed), outcome(run(join(tree, file))));
  }
});

test('reports a failing filter as without a thread', () => {
  const tree = newTree({
    'fails.nix':
      'builtins.filterSource (path: type: if builtins.pathExists ./stop && baseNameOf path == "a" then throw "no ' +
      '${type} a" else builtins.trace path true) ./.',
  });
  const memory = join(folder, 'memory-fails');
  run(join(tree, 'fails.nix'), memory);
  writeFileSync(join(tree, 'stop'), '');
  const failed = run(join(tree, 'fails.nix'), memory);
  assert.deepEqual(failed.started, [tree]);
  assert.match(failed.error!, /no regular a/);
  assert.deepEqual(outcome(failed), outcome(run(join(tree, 'fails.nix'))));
});

test('does not foresee a copy from the same file again after it was not made', () => {
  const tree = newTree({ 'both.nix': '{ x ? import ./plain.nix, y ? import ./more.nix }: x + y', 'more.nix': '"${./.}"' });
  writeFileSync(join(tree, 'all.nix'), 'builtins.seq (import ./plain.nix) (import ./more.nix)');
  writeFileSync(join(tree, 'some.nix'), 'import ./plain.nix');
  const memory = join(folder, 'memory-vain');
  run(join(tree, 'all.nix'), memory);
  assert.deepEqual(
    new CopyMemory(memory).find(tree)!.signs,
    ['all.nix', 'plain.nix', 'more.nix'].map((name) => join(tree, name)),
  );
  // As if `all.nix` had not been recorded.
  const learnt = new CopyMemory(memory);
  learnt.put({ tree, signs: [join(tree, 'plain.nix'), join(tree, 'more.nix')], refused: [] });
  learnt.save();
  assert.deepEqual(run(join(tree, 'some.nix'), memory).started, [tree]);
  assert.deepEqual(run(join(tree, 'some.nix'), memory).started, []);
  assert.deepEqual(run(join(tree, 'all.nix'), memory).started, [tree]);
});

test('ignores a damaged memory', () => {
  const tree = newTree();
  const memory = join(folder, 'memory-damaged');
  const expected = outcome(run(join(tree, 'copy.nix'), memory));
  const good = readFileSync(memory);
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good);
    bad[at]! ^= 1 << (at % 8);
    writeFileSync(memory, bad);
    assert.equal(new CopyMemory(memory).find(tree), undefined, `byte ${at}`);
  }
  writeFileSync(memory, good.subarray(0, 40));
  const damaged = run(join(tree, 'copy.nix'), memory);
  assert.deepEqual(damaged.started, []);
  assert.deepEqual(outcome(damaged), expected);
  assert.ok(new CopyMemory(memory).find(tree));
});

test('limits the memory, and keeps what was used last', () => {
  const path = join(folder, 'memory-bounded');
  const memory = new CopyMemory(path);
  for (let n = 0; n < 40; n++) memory.put({ tree: `/${n}`, signs: [`/${n}/a`], refused: [] });
  memory.put(memory.find('/3')!);
  memory.save();
  const kept = new CopyMemory(path);
  assert.deepEqual(
    Array.from({ length: 40 }, (_, n) => n).filter((n) => kept.find(`/${n}`)),
    [3, ...Array.from({ length: 15 }, (_, n) => n + 25)],
  );
  memory.put({ tree: '/large', signs: ['/large/a'], refused: ['x'.repeat(300_000)] });
  memory.save();
  assert.equal(new CopyMemory(path).find('/large'), undefined);
});

test("foresees a copy from the import of nixpkgs' image function, not from another file of that name", () => {
  const files = {
    'nixos/lib/make-disk-image.nix': '"${builtins.filterSource (path: type: baseNameOf path != ".git") ../..}"',
    '.git/config': '',
  };
  const other = newTree(files);
  assert.deepEqual(run(join(other, 'nixos/lib/make-disk-image.nix'), join(folder, 'memory-other')).started, []);
  const nixpkgs = newTree({ ...files, 'nixos/lib/eval-config.nix': '1', 'lib/default.nix': '1', 'pkgs/top-level/default.nix': '1' });
  used = 0;
  const image = run(join(nixpkgs, 'nixos/lib/make-disk-image.nix'), join(folder, 'memory-image'));
  assert.deepEqual(image.started, [nixpkgs]);
  assert.equal(used, 1);
  assert.deepEqual(outcome(image), outcome(run(join(nixpkgs, 'nixos/lib/make-disk-image.nix'))));
});
