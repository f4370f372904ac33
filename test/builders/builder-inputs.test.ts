/** No built-in builder reads anything but its derivation's inputs: every attribute that names a path is tried with all other paths. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { BootflakeError } from '../../src/base/errors.ts';
import type { BuiltinBuilder } from '../../src/builders/builder.ts';
import { builtinBuilderNames, findBuiltinBuilder } from '../../src/builders/index.ts';
import { realise } from '../../src/realise/realise.ts';
import { readTree } from '../../src/system/read-tree.ts';
import { dumpNar, fileTreeSource } from '../../src/nix-format/nar-writer.ts';
import { writeDerivation } from '../store/support.ts';
import { hostileStore, PUBLIC, SECRET } from './hostile-store.ts';
import { rows, type Row } from './builder-rows.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const folder = scratchFolder();
const hostile = hostileStore(folder);

interface Made {
  /** What is in the output's archive. */
  public: boolean;
  secret: boolean;
}

/** `seen` collects the attributes that the builder reads. */
async function build(row: Row, attrs: Record<string, unknown>, seen = new Set<string>()): Promise<Made> {
  const { store, input, links } = hostile;
  const { drvPath, out } = writeDerivation(store, 'made', `builtin:${row.builder}`, attrs, {
    sources: [input, links],
    ...(row.url && { sha256: createHash('sha256').update(PUBLIC).digest('hex') }),
  });
  const findBuilder = async (name: string): Promise<BuiltinBuilder | undefined> => {
    const builder = await findBuiltinBuilder(name);
    return (
      builder && {
        ...builder,
        run: (context) => builder.run({ ...context, attrs: watched(context.attrs, '', seen) as Record<string, unknown> }),
      }
    );
  };
  await realise(store, [drvPath], { findBuilder, cpuJobs: 1, offline: row.offline !== undefined });
  const made = { public: false, secret: false };
  let before = Buffer.alloc(0);
  dumpNar(fileTreeSource, readTree(store.realPath(out)), (chunk) => {
    const bytes = Buffer.concat([before, chunk]);
    made.public ||= bytes.includes(PUBLIC);
    made.secret ||= bytes.includes(SECRET);
    before = Buffer.from(bytes.subarray(-SECRET.length));
  });
  store.deletePath(out);
  return made;
}

/** Records the name of each attribute that is read; items of lists are `[]`. */
function watched(value: unknown, name: string, seen: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const item = Reflect.get(target, key) as unknown;
      if (typeof key === 'symbol' || (Array.isArray(target) && !/^\d+$/.test(key)) || typeof item === 'function') return item;
      const at = Array.isArray(target) ? `${name}[]` : name === '' ? key : `${name}.${key}`;
      if (!Array.isArray(target)) seen.add(at);
      return watched(item, at, seen);
    },
  });
}

const isNamed = (name: string, names: string[]): boolean =>
  names.some((known) => known === name || (known.endsWith('*') && name.startsWith(known.slice(0, -1))));

/** Its build is an error, whatever its attributes are: no attribute is read. */
const withoutBuild = 'nixos-test';

test('every registered builder has a row in the table of attributes', () => {
  const named = new Set([...rows.map(({ builder }) => builder), withoutBuild]);
  assert.deepEqual([...named].sort(), [...builtinBuilderNames()].sort());
});

test('builders read their inputs through InputFiles alone', () => {
  const names =
    'readText|listNames|fileFacts|readSymlink|canonicalPath|readBeginning|copyFile|readTree|readFully|readFile|isFile|directoryEntries';
  const reading = new RegExp(String.raw`\brealPath\(|\b(${names})\b[^\n]*from '|from 'node:fs|FileSource\.of\(`);
  // InputFiles itself, the builders' context, and what writes and reuses their outputs; a process has a sandbox instead.
  const apart = ['builder.ts', 'input-files.ts', 'build-output.ts', 'image/image-file.ts', 'image/last-image-file.ts', 'unpack-nar.ts'];
  const wrong = readdirSync('src/builders', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !apart.includes(file) && !file.startsWith('process/'))
    .map((file) => `src/builders/${file}`)
    .filter((file) => reading.test(readFileSync(file, 'utf8')));
  assert.deepEqual(wrong, []);
});

for (const row of rows) {
  test(`${row.title}: every attribute that it reads is in the table`, async (t) => {
    const seen = new Set<string>();
    const paths = Object.keys(row.paths).map((name) => name.split(' ')[0]!);
    const declared = [...paths, ...row.harmless];
    if (row.url) return checkUrls(t, row);
    for (const { set, suffix = '', copies = true } of row.offline ? [] : Object.values(row.paths)) {
      const made = await build(row, { ...row.attrs(hostile.input), ...set(`${hostile.input}${suffix}`, hostile.input) }, seen);
      assert.ok(!copies || made.public);
      assert.ok(!made.secret);
    }
    if (row.offline) await assert.rejects(build(row, row.attrs(hostile.input), seen), { code: row.offline });
    assert.deepEqual(
      [...seen].filter((name) => !isNamed(name, declared)),
      [],
      'attributes that the builder reads and the table lacks',
    );
    assert.deepEqual(
      paths.filter((name) => ![...seen].some((read) => isNamed(read, [name]))),
      [],
      'paths in the table that the builder does not read',
    );
  });

  for (const [name, { set, suffix = '', missing = [] }] of Object.entries(row.paths)) {
    test(`${row.title}: ${name} reaches nothing but inputs`, async () => {
      const attempt = (path: string) => build(row, { ...row.attrs(hostile.input), ...set(`${path}${suffix}`, hostile.input) });
      for (const [way, path] of Object.entries(hostile.outside)) {
        await assert.rejects(
          attempt(path),
          (error) => {
            assert.ok(error instanceof BootflakeError, `${way}: ${String(error)}`);
            assert.equal(error.code, 'build/not-an-input', `${way}: ${error.message}`);
            return true;
          },
          way,
        );
      }
      for (const [way, path] of Object.entries(hostile.led)) {
        // The target of a link is missing: some builders can do without.
        const made = await attempt(path).catch((error: unknown) => {
          assert.ok(error instanceof BootflakeError, `${way}: ${String(error)}`);
          assert.ok(['build/not-an-input', ...missing].includes(error.code), `${way}: ${error.code}: ${error.message}`);
          return undefined;
        });
        assert.ok(!made?.secret, way);
      }
    });
  }
}

/** For a builder with a URL: it downloads from HTTP, and refuses paths and `file:` URLs. */
async function checkUrls(t: TestContext, row: Row): Promise<void> {
  const server = createServer((_, response) => response.end(PUBLIC)).listen(0, '127.0.0.1');
  t.after(() => void server.close());
  await new Promise((done) => server.once('listening', done));
  const seen = new Set<string>();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
  assert.ok((await build(row, { ...row.attrs(hostile.input), ...row.url!(url) }, seen)).public);
  assert.deepEqual(
    [...seen].filter((name) => !isNamed(name, row.harmless)),
    [],
  );
  for (const path of [...Object.values(hostile.outside), ...Object.values(hostile.led)]) {
    for (const address of [`${path}/file`, `file://${path}/file`, `file:${path}/file`]) {
      await assert.rejects(build(row, { ...row.attrs(hostile.input), ...row.url!(address) }), { code: 'network/unsupported-url' }, address);
    }
  }
}
