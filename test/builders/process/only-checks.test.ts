/** A derivation whose outputs are of no use, as its builder only checks something: it holds nothing up where it cannot run. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { processTest } from './support.ts';

const of = (name: string, attrs: string): string => `sh "${name}" "exit 1" { ${attrs} }`;

test('a check is left out where its system or a sandbox is not available, and another builder is not', async (t) => {
  const { build, folder, lines } = await processTest(t);
  const elsewhere = await build(of('elsewhere', 'onlyChecks = "1"; system = "riscv64-linux";'));
  assert.equal(readFileSync(elsewhere.out!, 'utf8'), '');
  await assert.rejects(build(of('elsewhere', 'system = "riscv64-linux";')), { code: 'build/wrong-system' });
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/bwrap'), '#!/bin/sh\necho bwrap: setting up uid map: Permission denied >&2\nexit 1\n', { mode: 0o755 });
  const bare = { network: { netrcFiles: [], env: { PATH: join(folder, 'bin') } } };
  await assert.rejects(build(of('bare', ''), bare), { code: 'build/no-sandbox' });
  await build(of('bare', 'onlyChecks = "1";'), bare);
  assert.deepEqual(
    lines.filter((line) => line.startsWith('not checked: ')).map((line) => line.slice(0, 40)),
    ['not checked: it needs a machine of the s', 'not checked: the sandbox for builders ca'],
  );
});
