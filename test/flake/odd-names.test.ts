/**
 * File names and link targets that are not UTF-8: a file system allows any bytes, and Nix keeps them. The expected values are those of
 * Nix 2.34.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { directoryEntries } from '../../src/system/directory-entries.ts';
import { physicalSource, removeTree, writeCanonicalTree } from '../../src/store/physical-tree.ts';
import { readTree } from '../../src/system/read-tree.ts';
import { removeTrees } from '../../src/system/remove-trees.ts';
import { narDigest, narHash, type NarDigest } from '../../src/nix-format/nar-writer.ts';
import { bytesOfName, nameOfBytes } from '../../src/tree/byte-name.ts';
import { checkFileName } from '../../src/tree/file-name.ts';
import { checkSymlinkTarget } from '../../src/tree/symlink-target.ts';
import { open } from './opened.ts';

const flake = `{ outputs = { self }: {
  hash = self.narHash;
  names = builtins.attrNames (builtins.readDir ./.);
  lengths = toString (map builtins.stringLength (builtins.attrNames (builtins.readDir ./.)));
  filtered = builtins.filterSource (path: type: type != "symlink" && builtins.stringLength (baseNameOf path) != 3) ./.;
}; }
`;
/** `nix hash path` of the folder below. */
const HASH = 'sha256-c90pgWJoyzCBIchBIgZ6AHBsYhVD3AMETCyWQ9YG/as=';

/** What is below `folder`, names in latin-1. */
function fill(folder: string): void {
  const at = (name: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
  writeFileSync(at('caf\xe9'), 'latin-1\n');
  mkdirSync(at('d\xefr'));
  writeFileSync(at('d\xefr/inner'), 'in a folder\n');
  symlinkSync(Buffer.from('caf\xe9', 'latin1'), at('link'));
  symlinkSync('café', at('l\xefnk'));
  writeFileSync(join(folder, 'é'), 'utf-8\n');
  writeFileSync(at('\xf0\x9f\x98\x80\xff'), 'both\n');
  writeFileSync(at('flake.nix'), flake);
}

const sri = ({ sha256 }: NarDigest): string => `sha256-${Buffer.from(sha256).toString('base64')}`;

test('a folder and its copy have the same hash as in Nix', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-odd-'));
  try {
    mkdirSync(join(folder, 'a'));
    fill(join(folder, 'a'));
    const tree = readTree(join(folder, 'a'));
    assert.equal(sri(narHash(tree)), HASH);
    assert.equal(sri(narDigest(physicalSource, join(folder, 'a'))), HASH);
    writeCanonicalTree(join(folder, 'b'), tree);
    assert.equal(sri(narDigest(physicalSource, join(folder, 'b'))), HASH);
    removeTree(join(folder, 'a'));
    await removeTrees([join(folder, 'b')]);
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    removeTree(folder);
  }
});

test('flakes of plain folders, git work trees and commits keep such names; so do readDir and filterSource', async (t) => {
  const { space, session } = open(t, { 'f/x': '', 'g/x': '' }, 'g');
  for (const folder of ['f', 'g']) {
    removeTree(space.path(`${folder}/x`));
    fill(space.path(folder));
  }
  space.git('g', 'add', '-A');
  space.git('g', 'commit', '-qm', 'x');
  const s = session();
  const ask = (installable: string, format: 'raw' | 'json' = 'raw') => s.evaluateExpression({ installable, format });
  for (const ref of ['path:./f', './g', `git+file://${space.path('g')}?ref=${space.git('g', 'branch', '--show-current').trim()}`]) {
    assert.equal(await ask(`${ref}#hash`), HASH, ref);
    assert.equal(await ask(`${ref}#lengths`), '4 3 9 4 4 2 5');
    assert.equal(await ask(`${ref}#filtered`), '/nix/store/960lf47q13b7sz9r1wxhwc11iipninlx-rr09pplgb9wg8yzykb35znzkks4xzsi7-source');
    await assert.rejects(ask(`${ref}#names`, 'json'), { code: 'eval/invalid-utf8', message: /the string 'caf\\xe9' is not valid UTF-8/ });
  }
  await s.close();
});

test('a builder that lists such a folder reports the name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-odd-'));
  try {
    fill(folder);
    const message = /has a file whose name is not UTF-8: "(caf\\xe9|d\\xefr|l\\xefnk|\\xf0\\x9f\\x98\\x80\\xff)"$/;
    assert.throws(() => directoryEntries(folder), { code: 'io/name-not-utf8', message });
  } finally {
    removeTree(folder);
  }
});

test('converts names from bytes to strings and back', () => {
  const names = ['', '61', 'e9', 'c3', 'c3a9', 'c3c3a9', 'edb280', 'f09f9880', 'f09f98', 'f09f9880ff', '80', 'ff00', 'efbfbd', 'eda0bd80'];
  for (const hex of names) {
    assert.equal(bytesOfName(nameOfBytes(Buffer.from(hex, 'hex'))).toString('hex'), hex);
  }
  assert.equal(nameOfBytes(Buffer.from('é😀')), 'é😀');
});

test('a writer that does not support such a name reports it with a remedy', () => {
  const name = nameOfBytes(Buffer.from('caf\xe9', 'latin1'));
  assert.throws(() => checkFileName(name, '/x'), {
    code: 'tree/bad-name',
    message: `there can be no file "caf\\xe9" in '/x': the name is not UTF-8: rename it, or leave it out`,
  });
  assert.throws(() => checkSymlinkTarget(name, '/x/y'), {
    code: 'tree/bad-symlink',
    message: `'/x/y' cannot be a symlink to "caf\\xe9": its target is not UTF-8: make it anew, or leave it out`,
  });
});
