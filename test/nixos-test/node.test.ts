/** What a machine of a test is started with, by programs that play qemu and those beside it. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { parseDescription } from '../../src/nixos-test/description.ts';
import { NodeSet } from '../../src/nixos-test/node-set.ts';
import { encodeOverlay } from '../../src/vm/overlay.ts';

const folder = mkdtempSync(join(tmpdir(), 'bootflake-node-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
for (const name of ['bin', 'image', 'disks', 'shared', 'usr/share/OVMF']) mkdirSync(at(name), { recursive: true });
for (const name of ['qemu', 'virtiofsd', 'swtpm']) {
  copyFileSync('test/nixos-test/fake-machine.mjs', at(`bin/${name}`));
  chmodSync(at(`bin/${name}`), 0o755);
}
// A program without an extension is CommonJS elsewhere.
writeFileSync(at('package.json'), '{ "type": "module" }');
writeFileSync(at('image/nixos.qcow2'), encodeOverlay({ virtualSize: 1 << 20 }));
writeFileSync(at('usr/share/OVMF/OVMF_CODE_4M.fd'), 'code');
writeFileSync(at('usr/share/OVMF/OVMF_VARS_4M.fd'), 'template of variables');
process.env.STARTED = at('started');

const store = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz';

function machines(changes: Record<string, unknown>): NodeSet {
  const node = { name: 'machine', image: `${store}-image`, kernel: null, memory: 64, cores: 1, networks: [], disks: [], forwards: [] };
  const text = { schema: 1, name: 't', script: '', ocr: false, driver: `${store}-driver`, globalTimeout: 60 };
  const { nodes } = parseDescription(JSON.stringify({ ...text, nodes: [{ ...node, qemuArguments: [], ...changes }] }), 'test.json');
  return new NodeSet({
    nodes,
    qemu: { command: [process.execPath, at('bin/qemu')], environment: {}, firmwareFolders: [folder], origin: 'PATH' },
    accelerator: 'tcg',
    folder: at('disks'),
    realPath: () => at('image'),
    path: at('bin') + `:${dirname(process.execPath)}`,
    helperTree: undefined,
    companionTree: undefined,
    onLine: () => {},
    onEnded: () => {},
  });
}

interface Note {
  name: string;
  args?: string[];
  ended?: string;
}

const notes = (): Note[] =>
  existsSync(at('started'))
    ? readFileSync(at('started'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Note)
    : [];

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((done) => setTimeout(done, 20));
  assert.ok(condition(), JSON.stringify(notes()));
}

const started = (name: string) => notes().filter((note) => note.name === name && note.args);

test('a machine has the firmware, folders and TPM of its description, at each of its starts', async () => {
  rmSync(at('started'), { force: true });
  const share = { tag: 'src', source: at('shared'), target: '/mnt/src', readOnly: true };
  const set = machines({
    firmware: 'uefi',
    tpm: true,
    restrictNetwork: true,
    shares: [share],
    resolution: { x: 1024, y: 768 },
  });
  const node = set.nodes.get('machine')!;
  try {
    await Promise.all([node.start(false), node.start(false)]);
    await until(() => started('qemu').length === 1);
    const words = started('qemu')[0]!.args!.join(' ');
    assert.match(words, /if=pflash,unit=0,format=raw,readonly=on,file=\S*OVMF_CODE_4M\.fd /);
    assert.match(words, new RegExp(`if=pflash,unit=1,format=raw,file=${at('disks')}/machine-uefi-variables\\.fd `));
    assert.match(words, /user,id=net0,restrict=on /);
    assert.match(words, /-display none -global VGA\.xres=1024 -global VGA\.yres=768 /);
    assert.match(words, /vhost-user-fs-pci,chardev=share0,tag=src /);
    // The guest's configuration mounts it.
    assert.doesNotMatch(words, /fstab\.extra/);
    const [, socket = ''] = /socket,id=tpm,path=(\S*)/.exec(words)!;
    assert.ok(existsSync(socket));
    assert.ok(started('virtiofsd').some(({ args }) => args!.includes(at('shared')) && args!.includes('--readonly')));
    writeFileSync(at('disks/machine-uefi-variables.fd'), 'written by the machine');

    await node.crash();
    await node.start(false);
    await until(() => started('qemu').length === 2);
    const ended = notes().flatMap((note) => (note.ended === undefined ? [] : [note.name]));
    assert.deepEqual(ended.filter((name) => name !== 'qemu').sort(), ['swtpm', 'virtiofsd']);
    assert.equal(started('swtpm').length, 2);
    const states = started('swtpm').map(({ args }) => args!.find((word) => word.startsWith('dir=')));
    assert.deepEqual(states, [`dir=${at('disks/machine-tpm')}`, `dir=${at('disks/machine-tpm')}`]);
    assert.equal(readFileSync(at('disks/machine-uefi-variables.fd'), 'utf8'), 'written by the machine');

    await set.close();
    assert.equal(existsSync(dirname(socket)), false);
  } finally {
    await set.close();
  }
});

test('a machine without them starts with nothing beside it', async () => {
  rmSync(at('started'), { force: true });
  const set = machines({ qemuArguments: ['-cdrom', `${store}-cd/cd.iso`] });
  try {
    await set.nodes.get('machine')!.start(true);
    await until(() => started('qemu').length === 1);
    const words = started('qemu')[0]!.args!.join(' ');
    assert.doesNotMatch(words, /pflash|share0|tpm|restrict|-display|-no-reboot/);
    assert.equal(notes().length, 1);
    // The store need not be in /nix/store on this host.
    assert.ok(words.includes(`-cdrom ${at('image')}/cd.iso`), words);
  } finally {
    await set.close();
  }
});

test('a folder that is not there, and a program beside qemu that ends, are errors of the start', async () => {
  const share = { tag: 'src', source: at('nowhere'), target: '/mnt/src', readOnly: false };
  const absent = machines({ shares: [share] });
  await assert.rejects(absent.nodes.get('machine')!.start(false), { code: 'vm/no-folder' });
  await absent.close();
  writeFileSync(at('bin/swtpm'), '#!/bin/sh\necho no space >&2; exit 1\n');
  const broken = machines({ tpm: true });
  await assert.rejects(broken.nodes.get('machine')!.start(false), { code: 'vm/companion-failed', message: /swtpm .*no space/ });
  assert.equal(broken.nodes.get('machine')!.isRunning, false);
  await broken.close();
});
