/** The archives of `vm cp`: those that are sent, and those of a hostile guest. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { extract, Header } from 'tar';
import { packAs, unpackUnder } from '../../src/api/copy-machine-files.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

interface Member {
  path: string;
  type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  linkpath?: string;
  text?: string;
}

function archive(members: Member[]): Buffer {
  const blocks = members.flatMap(({ path, type = 'File', linkpath = '', text = '' }) => {
    const bytes = Buffer.from(text);
    const header = new Header({
      path,
      type,
      linkpath,
      size: bytes.length,
      mode: type === 'Directory' ? 0o755 : 0o644,
      mtime: new Date(0),
      uid: 0,
      gid: 0,
    });
    header.encode();
    return [header.block!, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** Returns what is in the folder afterwards, and whether the archive was refused. */
async function receive(members: Member[]): Promise<{ outside: string; folder: string; refused: boolean }> {
  const outside = scratchFolder();
  const folder = join(outside, 'folder');
  mkdirSync(folder);
  writeFileSync(join(outside, 'secret'), 'secret');
  const unpack = unpackUnder(folder, { sent: 'sent', wanted: 'wanted' });
  const refused = new Promise<boolean>((done) => unpack.on('close', () => done(false)).on('error', () => done(true)));
  unpack.end(archive(members));
  return { outside, folder, refused: await refused };
}

const inFolder = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

test('what was asked for has the wanted name; other names are left out', async () => {
  const { folder, refused } = await receive([
    { path: 'sent/', type: 'Directory' },
    { path: 'sent/a', text: 'text' },
    { path: './sent/b', text: 'b' },
    { path: 'sent/link', type: 'SymbolicLink', linkpath: 'a' },
    { path: 'sentry', text: 'another' },
    { path: 'other/c', text: 'c' },
    { path: '.ssh/authorized_keys', text: 'key' },
  ]);
  assert.equal(refused, false);
  assert.deepEqual(inFolder(folder), ['wanted', 'wanted/a', 'wanted/b', 'wanted/link']);
  assert.equal(readFileSync(join(folder, 'wanted/a'), 'utf8'), 'text');
  assert.equal(readlinkSync(join(folder, 'wanted/link')), 'a');
});

test('a file or folder is sent by the wanted name, whatever its own', async (t) => {
  const folder = scratchFolder(t);
  for (const name of ['plain', '@name', '-x', '..dots']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, '@file'), name);
    symlinkSync('@file', join(folder, name, 'link'));
    const received = join(folder, 'received');
    mkdirSync(received);
    for (const [source, entry] of [
      [name, 'wanted'],
      [`${name}/@file`, '@other'],
    ] as const) {
      const unpack = extract({ cwd: received });
      packAs(join(folder, source), entry).pipe(unpack);
      await once(unpack, 'close');
    }
    assert.deepEqual(inFolder(received), ['@other', 'wanted', 'wanted/@file', 'wanted/link']);
    assert.equal(readFileSync(join(received, '@other'), 'utf8'), name);
    rmSync(received, { recursive: true });
  }
});

test('nothing is written, linked or read outside', async () => {
  const attacks: Member[][] = [
    [{ path: 'sent/../../evil', text: 'x' }],
    [{ path: 'sent/a/../../../evil', text: 'x' }],
    [{ path: '/sent/evil', text: 'x' }],
    [
      { path: 'sent/up', type: 'SymbolicLink', linkpath: '../..' },
      { path: 'sent/up/evil', text: 'x' },
    ],
    [
      { path: 'sent', type: 'SymbolicLink', linkpath: '..' },
      { path: 'sent/evil', text: 'x' },
    ],
    [{ path: 'sent/hard', type: 'Link', linkpath: '../secret' }],
    [{ path: 'sent/hard', type: 'Link', linkpath: '/etc/passwd' }],
    [
      { path: 'sent/secret', type: 'SymbolicLink', linkpath: '../../secret' },
      { path: 'sent/secret', text: 'overwritten' },
    ],
  ];
  for (const members of attacks) {
    const { outside, folder } = await receive(members);
    const shown = JSON.stringify(members);
    assert.deepEqual(readdirSync(outside).sort(), ['folder', 'secret'], shown);
    assert.equal(readFileSync(join(outside, 'secret'), 'utf8'), 'secret', shown);
    for (const name of inFolder(folder)) {
      const facts = lstatSync(join(folder, name));
      assert.ok(!facts.isFile() || facts.nlink === 1, `${shown}: ${name} has another name`);
      assert.ok(name.startsWith('wanted'), `${shown}: ${name}`);
    }
  }
});

test('no devices and pipes', async () => {
  for (const type of ['CharacterDevice', 'FIFO'] as const) {
    const { folder } = await receive([{ path: 'sent/node', type }]);
    assert.ok(!existsSync(join(folder, 'wanted/node')));
  }
});
