import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkRoom } from '../../src/builders/image/image-file.ts';
import { ThreadedImageFile } from '../../src/builders/image/image-thread.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('reports too little space before writing anything', (t) => {
  assert.throws(() => checkRoom(scratchFolder(t), 2 ** 60), { code: 'io/disk-full', message: /takes 1099511627776 MiB, and .* MiB free/ });
});

test('an image is written and hashed by its thread, waiting with the event loop or without', { timeout: 60_000 }, async (t) => {
  const pieces = Array.from({ length: 80 }, (_, n) => randomBytes(n % 9 === 0 ? 2_500_000 : 700_000));
  const whole = Buffer.concat(pieces);
  for (const waits of ['with', 'without']) {
    const path = join(scratchFolder(t), 'image');
    const file = new ThreadedImageFile({ path });
    file.open({ size: whole.length, before: Buffer.from('before') });
    let offset = 0;
    for (const piece of pieces) {
      if (waits === 'with') await file.ready();
      file.write(offset, piece);
      offset += piece.length;
    }
    const digest = await file.digest(Buffer.from('after'));
    await file.close();
    assert.ok(readFileSync(path).equals(whole));
    assert.ok(createHash('sha256').update('before').update(whole).update('after').digest().equals(digest));
  }
});

test("the error of an image's thread is thrown where the image is written", { timeout: 60_000 }, async (t) => {
  for (const waits of ['with', 'without']) {
    const path = join(scratchFolder(t), 'image');
    writeFileSync(path, '');
    const file = new ThreadedImageFile({ path });
    file.open({ size: 2 ** 30, before: Buffer.alloc(0) });
    const write = async (): Promise<void> => {
      for (let n = 0; n < 1000; n++) {
        if (waits === 'with') await file.ready();
        file.write(n * 2 ** 20, Buffer.alloc(2 ** 20));
      }
    };
    await assert.rejects(write(), { code: 'EEXIST' });
    await file.close();
  }
});

test('the error for a disk that becomes full gives a remedy', (t) => {
  const folder = scratchFolder(t);
  const source = new URL('../../src/builders/image/image-file.ts', import.meta.url).href;
  writeFileSync(
    join(folder, 'fill.mts'),
    `
    import { ImageFile } from ${JSON.stringify(source)};
    const file = new ImageFile(process.argv[2] + '/image', 2 ** 30);
    try { for (let n = 0; n < 64; n++) file.write(n * 2 ** 20, Buffer.alloc(2 ** 20, 1)); }
    catch (error) { console.log(error.code, error.hint); }
  `,
  );
  const script = 'mkdir "$1/small" && mount -t tmpfs -o size=8m none "$1/small" || exit 77; "$2" --import "$3" "$1/fill.mts" "$1/small"';
  const tsx = import.meta.resolve('tsx');
  const result = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', folder, process.execPath, tsx], { encoding: 'utf8' });
  if (result.error || result.status !== 0)
    return t.skip(`no small file system can be mounted here: ${result.error?.message ?? result.stderr}`);
  assert.match(result.stdout, /^io\/disk-full Free some space there/);
});
