import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file));

const allowed = new Map<string, string[]>();
for (const [, folder = '', list = ''] of readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/^\| ([a-z-]+) \| [^|]+ \| ([a-z, -]+) \|$/gm)) {
  allowed.set(folder, list === '-' ? [] : list.split(', '));
}

const folderOf = (file: string): string | undefined => (file.split('/').length > 2 ? file.split('/')[1] : undefined);

function* importsOf(file: string): Generator<{ target: string; typeOnly: boolean; dynamic: boolean }> {
  const text = readFileSync(file, 'utf8');
  const pattern = /^(?:import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
  for (const match of text.matchAll(pattern))
    yield { target: (match[2] ?? match[3] ?? match[4]) as string, typeOnly: Boolean(match[1]), dynamic: Boolean(match[4]) };
}

/** Which folders each folder imports, with a file that does. Every folder may import `base`, and types of `tree`. */
function importsOfFolders(): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const file of sources) {
    const from = folderOf(file);
    assert.ok(from !== undefined, `${file} is in no folder`);
    const row = found.get(from) ?? new Map<string, string>();
    found.set(from, row);
    for (const { target, typeOnly } of importsOf(file)) {
      const to = target.startsWith('.') ? folderOf(normalize(join(dirname(file), target))) : undefined;
      // The files that both compilers of the machine read are not in src.
      if (
        to === undefined ||
        to === from ||
        to === 'base' ||
        (to === 'tree' && typeOnly) ||
        normalize(join(dirname(file), target)).startsWith('machine/')
      )
        continue;
      row.set(to, `${file} imports ${target}`);
    }
  }
  return found;
}

test('folders import exactly what the table in ARCHITECTURE.md says', () => {
  assert.ok(allowed.size > 20);
  const wrong: string[] = [];
  for (const [folder, imported] of importsOfFolders()) {
    const row = allowed.get(folder);
    if (!row) wrong.push(`src/${folder}/ is not in the table`);
    for (const [to, example] of imported) if (!row?.includes(to)) wrong.push(example);
    for (const to of row ?? []) if (!imported.has(to)) wrong.push(`src/${folder}/ does not need ${to}`);
  }
  assert.deepEqual(wrong, []);
});

test('no folders import each other in a circle', () => {
  // They are to become one evaluator.
  const exempt = 'derive eval';
  const circles = new Set<string>();
  const follow = (folder: string, path: string[]): void => {
    if (path.includes(folder)) {
      circles.add([...path.slice(path.indexOf(folder))].sort().join(' '));
      return;
    }
    for (const to of allowed.get(folder) ?? []) follow(to, [...path, folder]);
  };
  for (const folder of allowed.keys()) follow(folder, []);
  circles.delete(exempt);
  assert.deepEqual([...circles], []);
});

test('no files import each other in a circle, types included', () => {
  // The language and its evaluators are to become one, and the cycle is removed then.
  const exempt = ['lang', 'eval', 'derive', 'machine'];
  const state = new Map<string, 'open' | 'done'>();
  const circles: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'open') circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
    if (state.has(file)) return;
    state.set(file, 'open');
    for (const { target } of importsOf(file)) {
      const to = normalize(join(dirname(file), target));
      if (target.startsWith('.') && sources.includes(to)) visit(to, [...path, file]);
    }
    state.set(file, 'done');
  };
  for (const file of sources) if (!exempt.includes(folderOf(file) ?? '')) visit(file, []);
  assert.deepEqual(
    circles.filter((circle) => !exempt.some((folder) => circle.includes(`src/${folder}/`))),
    [],
  );
});

test('the pure folders touch no file, network or process', () => {
  const pure = new Set(['base', 'tree', 'lang', 'eval', 'derive', 'nix-format', 'disk']);
  const wrong = sources
    .filter((file) => pure.has(folderOf(file) ?? ''))
    .flatMap((file) =>
      [...importsOf(file)]
        .filter(({ target }) => /^node:(fs|net|http|https|child_process|os|dns|tls)/.test(target))
        .map(({ target }) => `${file} imports ${target}`),
    );
  assert.deepEqual(wrong, []);
});

test('only src/system reads the clock and random numbers', () => {
  const wrong = sources.filter(
    (file) =>
      folderOf(file) !== 'system' && /\bDate\.now\(|\bMath\.random\(|\brandomUUID\(|\bnew Date\(\)/.test(readFileSync(file, 'utf8')),
  );
  assert.deepEqual(wrong, []);
});

test('only the command line uses global state of the process; elsewhere it is at most a default', () => {
  const wrong: string[] = [];
  for (const file of sources.filter((each) => folderOf(each) !== 'cli')) {
    const text = readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\/|^ *\/\/.*$/gm, '');
    const told = (pattern: RegExp, why: string): void => {
      for (const [found] of text.matchAll(pattern)) wrong.push(`${file}: ${found} ${why}`);
    };
    told(/process\.env(?:\.\w+|\[[^\]]+\])\s*=[^=]|delete process\.env/g, 'writes the environment');
    told(/process\.(?:chdir|exit|umask|setuid)\(|process\.exitCode\s*=/g, 'changes the process');
    told(/process\.on\(/g, 'listens to the process');
    if (!exempt.has(file))
      told(/(?<!(?:=|\?\?|keys\() ?\(?[\w.? ]*)process\.env\b|(?<!\?\? )process\.cwd\(\)/g, 'reads it, whatever the caller gives');
  }
  assert.deepEqual(wrong, []);
});

/**
 * Of a worker, whose environment was passed to it; of a command that programs cannot import; and what extends the process's own.
 */
const exempt = new Set(['src/session/engine.ts', 'src/session/eval-host.ts', 'src/doctor/doctor.ts', 'src/system/child-process.ts']);

test('no source contains a mirror that only the host may choose', () => {
  const host = ['deb', 'debian', 'org'].join('.');
  const files = [
    ...sources,
    ...readdirSync('test', { recursive: true, encoding: 'utf8' }).map((f) => join('test', f)),
    'README.md',
    'ARCHITECTURE.md',
  ].filter((file) => /\.(ts|md|nix|mjs)$/.test(file));
  assert.deepEqual(
    files.filter((file) => readFileSync(file, 'utf8').includes(host)),
    [],
  );
});

test('every file that a page links to exists', () => {
  const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];
  for (const file of readdirSync('docs', { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.md') && !file.startsWith('reference')) pages.push(join('docs', file));
  }
  const missing: string[] = [];
  let count = 0;
  for (const page of pages) {
    for (const [, link] of readFileSync(page, 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^https?:/.test(link as string)) continue;
      count += 1;
      if (!existsSync(join(dirname(page), link as string))) missing.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(count > 80);
});

test('each step of the walk names declarations of its files', () => {
  const text = readFileSync('ARCHITECTURE.md', 'utf8');
  const walk = text.slice(text.indexOf('## From `bootflake run` to a prompt'), text.indexOf('## The stages'));
  const steps = walk.split(/\n(?=\d+\. )/).filter((step) => /^\d+\. /.test(step));
  assert.equal(steps.length, 10);
  for (const step of steps) {
    const files = [...step.matchAll(/\]\(([^)]+)\)/g)].map(([, file]) => readFileSync(file as string, 'utf8'));
    assert.ok(files.length > 0, step);
    const names = [...step.matchAll(/`(\w+)`/g)].map(([, name]) => name as string);
    for (const name of names) {
      const declared = new RegExp(`\\b(?:function|class|interface|const) ${name}\\b`);
      assert.ok(
        files.some((file) => declared.test(file)),
        `${name} of step: ${step}`,
      );
    }
  }
});
