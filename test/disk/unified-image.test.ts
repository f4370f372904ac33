import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BadStub, planUnifiedImage } from '../../src/disk/efi/unified-image.ts';
import { bytesSource } from '../../src/tree/file-tree.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { writeImage } from './images.ts';
import { stubFile } from './stub-file.ts';

const sections = (...texts: [string, string][]) => texts.map(([name, text]) => ({ name, contents: bytesSource(Buffer.from(text)) }));

test('the sections are where the header says, behind those of the stub', async (t) => {
  const folder = scratchFolder(t);
  const path = join(folder, 'x.efi');
  const kernel = 'k'.repeat(5000);
  writeImage(planUnifiedImage(stubFile(), sections(['.osrel', 'ID=x\n'], ['.cmdline', 'a b'], ['.linux', kernel])), path);
  for (const [name, text] of [
    ['.text', 'stub'],
    ['.osrel', 'ID=x\n'],
    ['.cmdline', 'a b'],
    ['.linux', kernel],
  ] as const) {
    const out = join(folder, 'section');
    await judge(t, 'objcopy', ['-O', 'binary', `--only-section=${name}`, path, out]);
    assert.equal(readFileSync(out, 'latin1').replace(/\0+$/, ''), text);
  }
  const listed = await judge(t, 'objdump', ['-h', path]);
  const addresses = [...listed.matchAll(/^ +\d+ \.\w+ +[0-9a-f]+ +([0-9a-f]+)/gm)].map((match) => parseInt(match[1]!, 16));
  assert.equal(addresses.length, 4);
  assert.ok(addresses.every((address) => address % 4096 === 0));
  assert.deepEqual(
    addresses,
    [...addresses].sort((a, b) => a - b),
  );
});

test('what is no stub is refused', () => {
  const damaged = stubFile();
  damaged.writeUInt32LE(0xfffffff0, 0x80 + 4 + 20 + 240 + 20);
  const offset = stubFile();
  offset.writeUInt32LE(0x7fffffff, 0x3c);
  for (const stub of [Buffer.alloc(0), Buffer.from('MZ'), Buffer.from('x'.repeat(2000)), damaged, offset])
    assert.throws(() => planUnifiedImage(stub, sections(['.linux', 'x'])), BadStub);
  const many = sections(...Array.from({ length: 30 }, (_, n): [string, string] => [`.s${n}`, 'x']));
  assert.throws(() => planUnifiedImage(stubFile(), many), /no room for 30 more sections/);
});
