import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bootFile } from '../../src/nixos-test/boot-file.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const root = scratchFolder();
const store = { realPath: (path: string) => root + path };
const system = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-system';
const linux = '/nix/store/1123456789abcdfghijklmnpqrsvwxyz-linux';
for (const path of [system, linux]) mkdirSync(root + path, { recursive: true });
writeFileSync(join(root, linux, 'bzImage'), 'kernel');
const link = (name: string, target: string) => symlinkSync(target, join(root, system, name));
link('kernel', `${linux}/bzImage`);
link('relative', '../1123456789abcdfghijklmnpqrsvwxyz-linux/bzImage');
link('host', '/etc/passwd');
link('climbing', '../../../etc/passwd');
link('folder', linux);
link('missing', `${linux}/vmlinux`);
link('loop', 'loop');

test("a system's kernel is a link to a file of another store path", () => {
  for (const name of ['kernel', 'relative']) assert.equal(bootFile(store, `${system}/${name}`), `${root}${linux}/bzImage`);
});

test('no link leads to a file of the host, a folder, or nothing', () => {
  for (const name of ['host', 'climbing', 'folder', 'missing', 'loop', 'absent'])
    assert.throws(() => bootFile(store, `${system}/${name}`), { code: 'test/no-kernel' }, name);
});
