import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodeNixDatabase } from '../../src/builders/image/nixos/nix-database.ts';
import type { ValidPathInfo } from '../../src/store/store.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const pathOf = (n: number): string => `/nix/store/${String((n * 7919) % 100003).padStart(32, '0')}-package-${'x'.repeat(n % 90)}-${n}`;

/** `count` paths, each referring to itself and to up to four before it. */
function manyPaths(count: number): ValidPathInfo[] {
  return Array.from({ length: count }, (_, n) => ({
    path: pathOf(n),
    narHash: `sha256-${Buffer.alloc(32, n % 251).toString('base64')}`,
    narSize: n * 1000 + (n % 3 === 0 ? 2 ** 33 : 0),
    references: [...new Set([n, n >> 1, n >> 2, n >> 3, n >> 4].map(pathOf))].sort(),
    ...(n % 2 === 0 && { deriver: `${pathOf(n)}.drv` }),
  }));
}

for (const count of [0, 1, 12, 2000]) {
  test(`sqlite finds no fault in a database of ${count} paths`, async (t) => {
    const path = join(scratchFolder(t), 'db.sqlite');
    const infos = manyPaths(count);
    writeFileSync(path, encodeNixDatabase(infos));
    const ask = async (sql: string): Promise<string> => (await judge(t, 'sqlite3', [path, sql])).trim();
    const answer = await ask('pragma integrity_check');
    if (answer === '') return;
    assert.equal(answer, 'ok');
    assert.equal(await ask('pragma foreign_key_check'), '');
    assert.equal(await ask('select count(*) from ValidPaths'), String(count));
    assert.equal(await ask('select count(*) from Refs'), String(infos.reduce((sum, { references }) => sum + references.length, 0)));
    if (count === 0) return;
    const last = infos.at(-1)!;
    assert.equal(
      await ask(`select narSize, hash from ValidPaths where path = '${last.path}'`),
      `${last.narSize}|sha256:${Buffer.from(last.narHash.slice(7), 'base64').toString('hex')}`,
    );
    assert.deepEqual(
      (
        await ask(
          'select b.path from ValidPaths a join Refs on referrer = a.id join ValidPaths b on b.id = reference where a.path ' +
            `= '${last.path}' order by 1`,
        )
      ).split('\n'),
      last.references,
    );
    await ask(`insert into ValidPaths (path, hash, registrationTime) values ('/nix/store/new', 'sha256:0', 2)`);
    assert.equal(await ask('pragma integrity_check'), 'ok');
    assert.equal(await ask(`select id from ValidPaths where path = '/nix/store/new'`), String(count + 1));
  });
}
