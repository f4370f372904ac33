import assert from 'node:assert/strict';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { decompress } from 'fzstd';
import { initrd } from '../../src/builders/initrd.ts';
import { builderContext, fillStore } from '../support/builder-context.ts';
import { moduleFile } from './module-file.ts';
import { readCpio } from './read-cpio.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

function kernel(t: TestContext): string {
  const folder = scratchFolder(t);
  const base = 'kernel/usr/lib/modules/6.12.0';
  fillStore(folder, {
    [`${base}/kernel/fs/ext4/ext4.ko`]: moduleFile({ depends: 'jbd2,crc16', softdep: 'pre: crypto-crc32c' }),
    [`${base}/kernel/fs/jbd2.ko`]: moduleFile({ depends: '' }),
    [`${base}/kernel/lib/crc16.ko`]: moduleFile({ depends: '' }),
    [`${base}/kernel/crypto/crc32c_generic.ko`]: moduleFile({}),
    [`${base}/kernel/drivers/virtio-blk.ko`]: moduleFile({ depends: 'virtio,virtio_ring' }),
    [`${base}/kernel/drivers/virtio.ko`]: moduleFile({ depends: 'virtio_ring' }),
    [`${base}/kernel/drivers/virtio_ring.ko`]: moduleFile({}),
    [`${base}/kernel/drivers/broken.ko`]: moduleFile({ depends: 'gone' }),
    [`${base}/modules.builtin`]: 'kernel/drivers/virtio/virtio_pci.ko\n',
    'busybox/usr/bin/busybox': 'busybox',
    extra: 'hello',
  });
  return folder;
}

const attrs = {
  kernel: '/nix/store/kernel',
  kernelVersion: '6.12.0',
  busybox: '/nix/store/busybox',
  init: '#!/bin/busybox sh\n',
  modules: ['virtio_blk', 'ext4', 'virtio_pci'],
};

test('includes modules with their dependencies, in load order', async (t) => {
  const folder = kernel(t);
  const log: string[] = [];
  await initrd.run(
    builderContext({
      folder,
      log,
      attrs: { ...attrs, availableModules: ['virtio', 'ahci'], extraFiles: { '/etc/x': '/nix/store/extra' } },
    }),
  );
  const files = readCpio(gunzipSync(readFileSync(join(folder, 'out/initrd'))));
  assert.equal(
    files.get('modules/load'),
    ['virtio_blk virtio_ring.ko virtio.ko virtio_blk.ko', 'ext4 crc32c_generic.ko jbd2.ko crc16.ko ext4.ko', 'virtio_pci', ''].join('\n'),
  );
  assert.equal(files.get('modules/available'), 'virtio virtio_ring.ko virtio.ko\n');
  assert.equal(files.get('bin/busybox'), 'busybox');
  assert.equal(files.get('etc/x'), 'hello');
  assert.match(files.get('modules/ext4.ko') ?? '', /depends=jbd2,crc16/);
  assert.match(log.join(), /no module ahci/);
});

test('compresses with zstd or not at all', async (t) => {
  const folder = kernel(t);
  await initrd.run(builderContext({ folder, attrs: { ...attrs, compressor: 'zstd' } }));
  assert.ok(readCpio(decompress(readFileSync(join(folder, 'out/initrd')))).has('init'));
  const other = kernel(t);
  await initrd.run(builderContext({ folder: other, attrs: { ...attrs, compressor: 'none' } }));
  assert.ok(readCpio(readFileSync(join(other, 'out/initrd'))).has('init'));
});

test('the error for a missing module names its dependent and similar names', async (t) => {
  const folder = kernel(t);
  const run = (modules: string[]) => initrd.run(builderContext({ folder, attrs: { ...attrs, modules } }));
  await assert.rejects(run(['virtio_blk', 'ext5']), {
    code: 'initrd/no-such-module',
    message: 'kernel 6.12.0 has no module ext5',
    hint: /Did you mean ext4\?/,
  });
  await assert.rejects(run(['broken']), { code: 'initrd/no-such-module', message: 'kernel 6.12.0 has no module gone, which broken needs' });
});

test('a module that the system loads later is looked for, too, and what has more is named', async (t) => {
  const folder = kernel(t);
  const log: string[] = [];
  const context = builderContext({ folder, attrs: { ...attrs, laterModules: ['virtio-ring', 'virtio_pci', 'tpm-rng'] } });
  await initrd.run({ ...context, log: (line) => log.push(line) });
  assert.match(log.join(), /no module tpm-rng: boot\.kernelModules names it in vain/);
  const mistyped = builderContext({ folder, attrs: { ...attrs, laterModules: ['virtio-rign'] } });
  await assert.rejects(initrd.run(mistyped), { code: 'initrd/no-such-module', hint: /Did you mean virtio_ring/ });
  assert.ok(!readCpio(gunzipSync(readFileSync(join(folder, 'out/initrd')))).has('modules/broken.ko'));
  const cloud = kernel(t);
  cpSync(join(cloud, 'store/kernel/usr/lib/modules/6.12.0'), join(cloud, 'store/kernel/usr/lib/modules/6.12-cloud-amd64'), {
    recursive: true,
  });
  await assert.rejects(
    initrd.run(builderContext({ folder: cloud, attrs: { ...attrs, kernelVersion: '6.12-cloud-amd64', laterModules: ['usb_storage'] } })),
    { code: 'initrd/no-such-module', message: 'kernel 6.12-cloud-amd64 has no module usb_storage', hint: /linuxPackages_generic/ },
  );
});

test('the error for a kernel of another version names the existing one', async (t) => {
  const folder = kernel(t);
  await assert.rejects(initrd.run(builderContext({ folder, attrs: { ...attrs, kernelVersion: '5.15' } })), {
    code: 'initrd/no-modules',
    hint: /6\.12\.0/,
  });
});
