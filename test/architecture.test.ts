import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => join('src', file));

const allowed = new Map<string, Set<string>>();
for (const row of readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| ([a-z-]+) \| ([a-z, -]+) \|$/gm)) {
  allowed.set(row[1] as string, new Set((row[2] as string).split(', ')));
}

const folderOf = (file: string): string | undefined => file.split('/').length > 2 ? file.split('/')[1] : undefined;

function* importsOf(file: string): Generator<{ target: string; typeOnly: boolean; dynamic: boolean }> {
  const text = readFileSync(file, 'utf8');
  const pattern = /^(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
  for (const match of text.matchAll(pattern)) yield { target: (match[2] ?? match[3] ?? match[4]) as string, typeOnly: Boolean(match[1]), dynamic: Boolean(match[4]) };
}

test('the table of imports in ARCHITECTURE.md holds', () => {
  assert.ok(allowed.size > 10);
  const wrong: string[] = [];
  for (const file of sources) {
    const from = folderOf(file);
    if (!from) continue;
    assert.ok(allowed.has(from), `src/${from}/ is not in the table of ARCHITECTURE.md`);
    for (const { target, dynamic, typeOnly } of importsOf(file)) {
      if (!target.startsWith('.')) continue;
      const resolved = normalize(join(dirname(file), target));
      const to = folderOf(resolved);
      if (to === from || to === 'base' || (to === 'tree' && typeOnly)) continue;
      // What the machine's two compilers both read (src/machine).
      if (from === 'machine' && resolved.startsWith('machine/')) continue;
      if (to === undefined) {
        if (from === 'cli' && (dynamic || typeOnly || resolved === 'src/version.ts')) continue;
        if (resolved === 'src/version.ts') continue;
      } else if (allowed.get(from)?.has(to)) continue;
      wrong.push(`${file} imports ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('the pure folders touch no file, network or process', () => {
  const pure = new Set(['base', 'tree', 'lang', 'eval', 'derive', 'nix-format', 'disk']);
  const wrong = sources.filter((file) => pure.has(folderOf(file) ?? ''))
    .flatMap((file) => [...importsOf(file)].filter(({ target }) => /^node:(fs|net|http|https|child_process|os|dns|tls)/.test(target)).map(({ target }) => `${file} imports ${target}`));
  assert.deepEqual(wrong, []);
});

test('the clock and chance are asked only in src/io', () => {
  const wrong = sources.filter((file) => folderOf(file) !== 'io' && /\bDate\.now\(|\bMath\.random\(|\brandomUUID\(|\bnew Date\(\)/.test(readFileSync(file, 'utf8')));
  assert.deepEqual(wrong, []);
});

test('no source names a mirror that only a host may choose', () => {
  const host = ['deb', 'debian', 'org'].join('.');
  const files = [...sources, ...readdirSync('test', { recursive: true, encoding: 'utf8' }).map((f) => join('test', f)), 'README.md', 'ARCHITECTURE.md']
    .filter((file) => /\.(ts|md|nix|mjs)$/.test(file));
  assert.deepEqual(files.filter((file) => readFileSync(file, 'utf8').includes(host)), []);
});

test('every file that ARCHITECTURE.md links to exists', () => {
  const links = [...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/\]\(([^)#]+)\)/g)].map((m) => m[1] as string);
  for (const link of links) assert.doesNotThrow(() => readdirSync(dirname(link) || '.'), `${link} is missing`);
  assert.ok(links.length > 8);
});
