import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDescription } from '../../src/nixos-test/description.ts';

const store = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz';
const node = {
  name: 'machine',
  image: `${store}-image`,
  kernel: { file: `${store}-linux/boot/vmlinuz-6.12.1+deb13-amd64`, initrd: `${store}-initrd/initrd`, commandLine: 'init=/init quiet' },
  memory: 1024,
  cores: 1,
  networks: [],
  disks: [],
  forwards: [],
  qemuArguments: [],
};
const described = (changes: Record<string, unknown>) =>
  parseDescription(
    JSON.stringify({
      schema: 1,
      name: 'web',
      script: '',
      ocr: false,
      driver: `${store}-driver`,
      globalTimeout: 60,
      nodes: [{ ...node, ...changes }],
    }),
    'test.json',
  );

test('a machine starts its kernel, or the boot loader of its disk', () => {
  assert.deepEqual(described({}).nodes[0]!.kernel, node.kernel);
  assert.equal(described({ kernel: null }).nodes[0]!.kernel, null);
});

test('a kernel is a file of the store, and its command line is one line', () => {
  for (const file of ['/etc/passwd', `${store}-linux`, `${store}-linux/../../etc/passwd`, `${store}-linux/./x`, `${store}-linux/a b`])
    assert.throws(() => described({ kernel: { ...node.kernel, file } }), { code: 'test/bad-description' }, file);
  assert.throws(() => described({ kernel: { ...node.kernel, initrd: '/dev/sda' } }), { code: 'test/bad-description' });
  assert.throws(() => described({ kernel: { ...node.kernel, commandLine: 'a\nb' } }), { code: 'test/bad-description' });
});

test('a machine may have its store on a disk of its own, and its first disk a name', () => {
  const { store: disk, serial } = described({ store: `${store}-disk`, serial: 'root' }).nodes[0]!;
  assert.deepEqual([disk, serial], [`${store}-disk`, 'root']);
  assert.equal(described({}).nodes[0]!.store, undefined);
  for (const changes of [{ store: '/etc' }, { store: `${store}-disk/../x` }, { serial: 'a,b' }, { serial: '' }, { serial: 'x'.repeat(21) }])
    assert.throws(() => described(changes), { code: 'test/bad-description' }, JSON.stringify(changes));
});
