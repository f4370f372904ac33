import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { enlarged, grey, screenText } from '../../src/nixos-test/screen-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootflake-screen-'));
after(() => rmSync(folder, { recursive: true }));

const picture = Buffer.concat([Buffer.from('P6\n2 1\n255\n'), Buffer.from([0, 0, 0, 255, 255, 255])]);

test('a picture becomes grey and four times as large', () => {
  const found = grey(picture);
  assert.deepEqual([found.width, found.height, [...found.points]], [2, 1, [0, 255]]);
  const large = enlarged(found);
  assert.deepEqual([large.width, large.height, large.points.length], [8, 4, 32]);
  assert.deepEqual([...large.points.subarray(8, 16)], [0, 0, 0, 0, 255, 255, 255, 255]);
  for (const wrong of [picture.subarray(0, -1), Buffer.from('P6\n70000 70000\n255\n'), Buffer.from('')])
    assert.throws(() => grey(wrong), /no picture/);
});

test('a program recognises dark text on light, and light on dark', async () => {
  const file = join(folder, 'screen.ppm');
  writeFileSync(file, picture);
  const program = join(folder, 'tesseract');
  writeFileSync(program, '#!/bin/sh\nhead -c 10 "$1" | tail -c 7 | tr "\\n" " "; echo "$@" | sed "s/^[^ ]* //"\n', { mode: 0o755 });
  const recogniser = { command: [program], environment: {} };
  assert.equal((await screenText(recogniser, file, true)).length, 1);
  const texts = await screenText(recogniser, file, false);
  assert.deepEqual(
    texts.map((text) => /--psm (\d+)/.exec(text)?.[1]),
    ['6', '11', '11'],
  );
  const failing = { command: ['false'], environment: {} };
  await assert.rejects(screenText(failing, file, true), /did not recognise/);
});
