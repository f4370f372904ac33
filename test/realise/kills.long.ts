/**
 * SIGKILL at 200 random moments of what changes a store or a cache: fetching, building, copying, collecting garbage. After each kill the
 * store verifies, no process is left, the next run succeeds, and nothing lies about that is never removed. `BOOTFLAKE_KILLS`: how many
 * of each kind (50).
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseSecretKey, printKey, publicKeyOf } from '../../src/nix-format/signature.ts';
import { LocalStore } from '../../src/store/local-store.ts';
import { removeTree } from '../../src/store/physical-tree.ts';
import { needSandbox, openFolder } from '../builders/process/support.ts';

const kills = Number(process.env.BOOTFLAKE_KILLS ?? 50);
const PATHS = 16;

/** A chain of builder processes, whose last output refers to all others; each is a folder with a file of some 100 KB. */
const EXPRESSION = `
  let
    step = n: derivation {
      name = "step-\${toString n}"; system = "x86_64-linux"; builder = "/bin/sh";
      before = if n == 0 then "" else step (n - 1);
      args = [ "-c" ''
        set -e
        mkdir $out; echo "$before" > $out/before; echo logged; echo logged >&2
        i=0; while [ $i -lt 3000 ]; do echo "line $i of step \${toString n} and some more text"; i=$((i + 1)); done > $out/lines
        \${if n == ${PATHS / 2} then "(sleep 1000 &)" else ""}
      '' ];
    };
  in step ${PATHS - 1}`;

interface Ended {
  status: number | null;
  said: string;
  milliseconds: number;
}

class Place {
  readonly environment: NodeJS.ProcessEnv;

  constructor(readonly folder: string) {
    for (const name of ['home', 'tmp']) mkdirSync(join(folder, name));
    this.environment = {
      PATH: process.env.PATH,
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      NO_COLOR: '1',
    };
  }

  root(name: string): string {
    return join(this.folder, name);
  }

  /** Runs the command line in a store; `killAfter`: milliseconds. */
  run(root: string, args: string[], killAfter?: number): Promise<Ended> {
    const begun = performance.now();
    const child = spawn(process.execPath, [resolve('dist/bootflake.js'), ...args], {
      cwd: this.folder,
      env: { ...this.environment, BOOTFLAKE_ROOT: root },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    // 'exit' rather than 'close': what is left behind may hold the pipes.
    return new Promise((done) =>
      child.on('exit', (status) => {
        clearTimeout(timer);
        setTimeout(() => done({ status, said, milliseconds: performance.now() - begun }), 20);
      }),
    );
  }

  async succeed(root: string, args: string[]): Promise<Ended> {
    const ended = await this.run(root, args);
    assert.equal(ended.status, 0, ended.said);
    return ended;
  }
}

/** Processes that have the folder in their command line, environment or mounts. */
function processesIn(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const texts = ['cmdline', 'environ', 'mountinfo'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1'));
        return texts.some((text) => text.includes(folder)) ? [`${pid} ${texts[0]!.replaceAll('\0', ' ')}`] : [];
      } catch {
        return [];
      }
    });
}

async function noProcessIn(folder: string): Promise<void> {
  for (let i = 0; i < 100 && processesIn(folder).length > 0; i++) await new Promise((done) => setTimeout(done, 20));
  assert.deepEqual(processesIn(folder), []);
}

function verifies(root: string): LocalStore | undefined {
  if (!existsSync(root)) return undefined;
  const store = LocalStore.open({ root });
  assert.deepEqual(store.verify({ contents: true }), []);
  return store;
}

/** Files of the moment, which later runs remove (test/system/left-behind.test.ts). */
const isBeside = (name: string): boolean => /\.[0-9]+-[0-9]+-[0-9]+\.tmp$/.test(name);

/** What nothing refers to, once a run has ended well. */
function leftIn(root: string): string[] {
  const list = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []);
  const state = join(root, 'nix/var/bootflake');
  const store = LocalStore.open({ root });
  const valid = new Set(store.records.all().map(({ path }) => path));
  return [
    ...['tmp', 'locks'].flatMap((name) => list(join(state, name)).map((one) => `${name}/${one}`)),
    ...list(join(state, 'valid')).filter((name) => !/^[0-9a-z]{32}\.valid$/.test(name) && !isBeside(name)),
    ...list(join(root, 'nix/var/log')).filter((name) => /\.tmp$/.test(name) && !isBeside(name)),
    ...list(join(root, 'nix/var/nix')).filter((name) => /\.(?:tmp|new)$/.test(name)),
    ...readdirSync(store.physicalStore).filter((name) => !valid.has(`/nix/store/${name}`)),
  ];
}

interface Kind {
  /** Makes what a run needs, anew. */
  reset(): void | Promise<void>;
  root: string;
  args: string[];
  /** After the run that succeeded. */
  check(): void | Promise<void>;
}

async function killOften(t: TestContext, place: Place, { reset, root, args, check }: Kind): Promise<void> {
  let milliseconds = Infinity;
  for (let i = 0; i < 2; i++) {
    await reset();
    milliseconds = Math.min(milliseconds, (await place.succeed(root, args)).milliseconds);
    await check();
  }
  let [killed, early] = [0, 0];
  const left = new Set<string>();
  for (let round = 0; round < kills; round++) {
    await reset();
    const after = 100 + Math.random() * (milliseconds - 100);
    const first = await place.run(root, args, after);
    if (first.status === null) killed++;
    else early++;
    const what = `killed after ${Math.round(after)} of ${Math.round(milliseconds)} ms`;
    try {
      await noProcessIn(place.folder);
      verifies(root);
      await place.succeed(root, args);
      await check();
      verifies(root);
    } catch (error) {
      throw new Error(`round ${round}, ${what}: ${(error as Error).message}`, { cause: error });
    }
    for (const one of [...leftIn(root), ...readdirSync(place.environment.TMPDIR!)]) left.add(`${one} (${what})`);
  }
  // The collector removes what dead processes held.
  await place.succeed(root, ['store', 'gc', '--dry-run']);
  const held = `${root}/nix/var/bootflake/temproots`;
  if (existsSync(held)) for (const one of readdirSync(held)) if (!one.startsWith(`${process.pid}-`)) left.add(`temproots/${one}`);
  t.diagnostic(`${killed} runs of ${Math.round(milliseconds)} ms killed, ${early} had ended`);
  assert.deepEqual([...left], []);
}

/** A store with the outputs, signed, and a cache with them. */
async function prepared(t: TestContext): Promise<{ place: Place; source: string; top: string; drv: string; cache: string; key: string }> {
  await needSandbox(t);
  const place = new Place(openFolder(t));
  const source = place.root('source');
  writeFileSync(join(place.folder, 'default.nix'), EXPRESSION);
  const build = ['build', '--file', './default.nix', '--option', 'substituters', ''];
  const { said } = await place.succeed(source, [...build, '--json', '--quiet', '--out-link', 'kept']);
  const [{ outputs, drvPath }] = JSON.parse(said.slice(said.indexOf('['))) as [{ outputs: { out: string }; drvPath: string }];
  const secret = await place.succeed(source, ['key', 'generate-secret', '--key-name', 'test-1']);
  writeFileSync(join(place.folder, 'secret'), secret.said);
  const cache = place.root('cache');
  await place.succeed(source, ['copy', '--to', `file://${cache}?secret-key=${place.folder}/secret`, outputs.out]);
  return { place, source, top: outputs.out, drv: drvPath, cache, key: printKey(publicKeyOf(parseSecretKey(secret.said.trim()))) };
}

const validPaths = (root: string): number => LocalStore.open({ root }).records.all().length;

test('killed while it fetches', async (t) => {
  const { place, top, cache, key } = await prepared(t);
  const server = createServer((request, response) => {
    const file = join(cache, decodeURIComponent(request.url!));
    if (!existsSync(file)) return void response.writeHead(404).end();
    const bytes = readFileSync(file);
    // In two pieces, so that there are moments in the middle.
    response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, bytes.length / 2));
    setTimeout(() => response.end(bytes.subarray(bytes.length / 2)), Math.random() * 60);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close().closeAllConnections());
  const root = place.root('fetched');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await killOften(t, place, {
    reset: () => removeTree(root),
    root,
    args: ['build', top, '--out-link', 'fetched-link', '--option', 'substituters', url, '--option', 'trusted-public-keys', key],
    check: () => assert.equal(validPaths(root), PATHS),
  });
});

test('killed while it builds', async (t) => {
  const { place } = await prepared(t);
  const root = place.root('built');
  await killOften(t, place, {
    reset: () => removeTree(root),
    root,
    args: ['build', '--file', './default.nix', '--option', 'substituters', '', '--out-link', 'built-link'],
    check: () => assert.equal(validPaths(root), 2 * PATHS),
  });
});

test('killed while it copies to a cache', async (t) => {
  const { place, source, top } = await prepared(t);
  const [to, fresh] = [place.root('copied'), place.root('fresh')];
  await killOften(t, place, {
    reset: () => removeTree(to),
    root: source,
    args: ['copy', '--to', `file://${to}?compression=zstd&write-nar-listing=true`, top],
    async check() {
      const names = readdirSync(to, { recursive: true, encoding: 'utf8' });
      assert.deepEqual(
        names.filter(
          (name) => !isBeside(name) && !/^(?:nar|nix-cache-info|[0-9a-z]{32}\.(?:narinfo|ls)|nar\/[0-9a-z]{52}\.nar\.zst)$/.test(name),
        ),
        [],
      );
      removeTree(fresh);
      await place.succeed(fresh, ['copy', '--from', `file://${to}`, '--no-check-sigs', top]);
      assert.equal(validPaths(fresh), PATHS);
    },
  });
});

test('killed while it copies from a cache', async (t) => {
  const { place, top, cache } = await prepared(t);
  const root = place.root('taken');
  await killOften(t, place, {
    reset: () => removeTree(root),
    root,
    args: ['copy', '--from', `file://${cache}`, '--no-check-sigs', top],
    check: () => assert.equal(validPaths(root), PATHS),
  });
});

test('killed while it collects garbage', async (t) => {
  const { place, source, top } = await prepared(t);
  const root = place.root('collected');
  // Half of the chain is kept.
  const store = LocalStore.open({ root: source });
  const kept = store.computeClosure([top]).find((path) => path.endsWith(`-step-${PATHS / 2}`))!;
  const live = store.computeClosure([kept]);
  removeTree(`${source}/nix/var/nix/gcroots`);
  await killOften(t, place, {
    reset() {
      removeTree(root);
      cpSync(source, root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      removeTree(`${root}/nix/var/bootflake/temproots`);
      LocalStore.open({ root }).addIndirectRoot(join(place.folder, 'collected-link'), kept);
    },
    root,
    args: ['store', 'gc', '--option', 'keep-derivations', 'false'],
    check() {
      const left = LocalStore.open({ root }).records.all();
      assert.deepEqual(left.map(({ path }) => path).sort(), [...live].sort());
    },
  });
});
