/** Every case of cases.nix is built by real Nix and by us, to the same bytes and references. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { realise } from '../../../src/realise/realise.ts';
import { formatHash } from '../../../src/nix-format/hash.ts';
import { LocalStore } from '../../../src/store/local-store.ts';
import { evaluateAll, needNix, needSandbox, nixBuild, openFolder, toolsFolder } from './support.ts';

test('outputs are those of real Nix', async (t) => {
  needNix(t);
  await needSandbox(t);
  const folder = openFolder(t);
  const tools = toolsFolder(folder);
  const cases = `import ${resolve('test/builders/process/cases.nix')} { tools = ${tools}; }`;
  const theirs = nixPaths(folder, cases);
  const root = join(folder, 'root');
  const drvs = evaluateAll(root, `builtins.mapAttrs (_: d: d.drvPath) (${cases})`);
  assert.ok(Object.keys(drvs).length >= 50);
  const store = LocalStore.open({ root });
  const lines: string[] = [];
  for (const [name, drvPath] of Object.entries(drvs)) {
    await t.test(name, async () => {
      const [built] = await realise(store, [drvPath], { onLog: (_drv, line) => lines.push(line) });
      for (const path of Object.values(built!.outputs)) {
        const info = store.queryPathInfo(path)!;
        const expected = theirs.get(path);
        assert.ok(expected, `Nix has no ${path}`);
        const narHash = formatHash({ algorithm: 'sha256', bytes: Buffer.from(info.narHash.slice(7), 'base64') }, 'sri');
        assert.deepEqual(
          { narHash, narSize: info.narSize, references: info.references },
          { narHash: expected.narHash, narSize: expected.narSize, references: [...expected.references].sort() },
          `${path}: compare ${store.realPath(path)} with ${folder}/nix${path}`,
        );
      }
    });
  }
  assert.ok(lines.includes('to stderr') && lines.includes('to stdout') && lines.includes('more'), lines.join('\n'));
});

interface NixPath {
  narHash: string;
  narSize: number;
  references: string[];
}

function nixPaths(folder: string, cases: string): Map<string, NixPath> {
  const storeOption = ['--store', `local?root=${folder}/nix`];
  const built = spawnSync(nixBuild, [...storeOption, '--no-out-link', '-k', '-j2', '--extra-platforms', 'i686-linux', '-E', cases], {
    encoding: 'utf8',
  });
  assert.equal(built.status, 0, built.stderr.slice(-4000));
  const listed = spawnSync(nixBuild.replace(/-build$/, ''), ['path-info', ...storeOption, '--all', '--json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(listed.status, 0, listed.stderr);
  return new Map(Object.entries(JSON.parse(listed.stdout) as Record<string, NixPath>));
}
