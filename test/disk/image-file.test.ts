import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkRoom } from '../../src/builders/image/image-file.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

test('reports too little space before writing anything', (t) => {
  assert.throws(() => checkRoom(scratchFolder(t), 2 ** 60), { code: 'io/disk-full', message: /takes 1099511627776 MiB, and .* MiB free/ });
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
