/** `vm switch`: the scripts that the guest runs, in a folder; archives that are cut or damaged; guests that lie. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { instancesOf } from '../../src/api/instances.ts';
import { parseSwitchAction, switchMachine } from '../../src/api/switch-machine.ts';
import { packedPaths } from '../../src/remote/packed-paths.ts';
import {
  activateSystem,
  guestScripts,
  guestStore,
  incomingFolder,
  readGuestStore,
  registrationName,
  sendPaths,
} from '../../src/instances/guest-store.ts';
import type { Instance } from '../../src/instances/instance.ts';
import { deleteSnapshot, restoreSnapshot, takeSnapshot } from '../../src/instances/snapshots.ts';
import { writeCanonicalTree } from '../../src/store/physical-tree.ts';
import { directory, file, symlink } from '../../src/tree/file-tree.ts';
import { encodeOverlay } from '../../src/vm/overlay.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

// Root of a machine renames directories without a permission to write.
const asRoot = process.getuid?.() === 0 ? [] : ['unshare', '--map-root-user'];
const skip = spawnSync([...asRoot, 'bash'][0]!, [...asRoot, 'bash', '-c', 'tar --version'].slice(1)).status === 0 ? false : 'no root here';

const name = (letter: string, title: string): string => `${letter.repeat(32)}-${title}`;
const old = name('0', 'tree');
const [tree, system] = [name('1', 'tree'), name('2', 'nixos-system-web')];
const path = (of: string): string => `/nix/store/${of}`;
/** Of both trees; packed, it is as large. */
const large = createHash('shake256', { outputLength: 300_000 }).update('large').digest();

/** Our store, with a tree that the guest has, and a system with another tree that has a file of the former. */
function ownStore(): string {
  const folder = scratchFolder();
  writeCanonicalTree(join(folder, old), directory([['usr', directory([['large', file(large)]])]]));
  writeCanonicalTree(
    join(folder, tree),
    directory([
      [
        'usr',
        directory([
          ['new', file('new')],
          ['run', file('#!/bin/sh\n', 0o755)],
          ['link', symlink('new')],
        ]),
      ],
    ]),
  );
  fs.chmodSync(join(folder, tree, 'usr'), 0o755);
  fs.linkSync(join(folder, old, 'usr/large'), join(folder, tree, 'usr/large'));
  fs.chmodSync(join(folder, tree, 'usr'), 0o555);
  writeCanonicalTree(
    join(folder, system),
    directory([
      ['bin', directory([['switch-to-configuration', file('#!/bin/sh\nexit 0\n', 0o755)]])],
      ['tree', symlink(path(tree))],
    ]),
  );
  return folder;
}

async function archive(store: string, present: string[] = [], files: Record<string, string> = {}): Promise<Buffer> {
  const entry = (one: string) => ({ name: one, place: join(store, one) });
  const { pieces } = packedPaths({ paths: [tree, system].map(entry), present: present.map(entry), folder: incomingFolder, files });
  const all: Buffer[] = [];
  for await (const piece of pieces()) all.push(piece);
  return Buffer.concat(all);
}

/** The root of a machine. */
function guestRoot(t: TestContext): string {
  const root = scratchFolder(t);
  for (const folder of ['nix/store', 'nix/var/nix/profiles', 'run']) fs.mkdirSync(join(root, folder), { recursive: true });
  writeCanonicalTree(join(root, 'nix/store', old), directory([['usr', directory([['large', file(large)]])]]));
  return root;
}

function run(
  script: keyof typeof guestScripts,
  args: string[],
  input: Uint8Array | string = '',
  programs?: string,
): { status: number | null; output: string } {
  const words = [...asRoot, 'bash', '-c', guestScripts[script], guestScripts[script], ...args];
  const env = { ...process.env, ...(programs !== undefined && { PATH: `${programs}:${process.env.PATH}` }) };
  const { status, stdout, stderr } = spawnSync(words[0]!, words.slice(1), { input, env });
  return { status, output: `${stdout}${stderr}` };
}

test('paths arrive in the form of the store; a file that the machine has is not sent', { skip }, async (t) => {
  const [store, root] = [ownStore(), guestRoot(t)];
  const [whole, linked] = [await archive(store), await archive(store, [old])];
  assert.ok(linked.length < 1500 && whole.length > linked.length, `${whole.length}, ${linked.length}`);
  const { status, output } = run('receive', [root, path(system)], linked);
  assert.equal(status, 0, output);
  const at = (file: string) => fs.lstatSync(join(root, 'nix/store', file));
  assert.deepEqual(fs.readdirSync(join(root, 'nix/store')).sort(), [old, tree, system]);
  assert.deepEqual(
    ['', '/usr', '/usr/new', '/usr/run', '/usr/large', '/usr/link'].map((one) => {
      const { mode, mtimeMs, uid } = at(tree + one);
      return `${(mode & 0o7777).toString(8)} ${mtimeMs} ${uid}`;
    }),
    ['555', '555', '444', '555', '444', '777'].map((mode) => `${mode} 1000 ${process.getuid!()}`),
  );
  assert.equal(at(`${tree}/usr/large`).ino, at(`${old}/usr/large`).ino);
  assert.equal(fs.readlinkSync(join(root, 'nix/store', tree, 'usr/link')), 'new');
  assert.equal(fs.readlinkSync(join(root, 'nix/var/nix/gcroots/bootflake-switch')), path(system));
});

test('an archive that is cut or damaged anywhere leaves no path', { skip }, async (t) => {
  const [store, root] = [ownStore(), guestRoot(t)];
  const whole = await archive(store);
  const damaged = (at: number): Buffer => {
    const bytes = Buffer.from(whole);
    bytes[at]! ^= 0x41;
    return bytes;
  };
  const inputs = [
    ...[0, 1, 10, 200, whole.length >> 1, whole.length - 9, whole.length - 1].map((length) => whole.subarray(0, length)),
    ...[0, 100, whole.length >> 1, whole.length - 6].map(damaged),
    Buffer.from('no archive'),
  ];
  for (const [index, input] of inputs.entries()) {
    const { status } = run('receive', [root, path(system)], input);
    assert.equal(status, 93, `input ${index}`);
    assert.deepEqual(fs.readdirSync(join(root, 'nix/store')), [old], `input ${index}`);
  }
  // What an earlier attempt or a build has left is replaced.
  for (const left of [`${incomingFolder}/half`, tree]) fs.mkdirSync(join(root, 'nix/store', left), { recursive: true });
  fs.writeFileSync(join(root, 'nix/store', tree, 'half'), '');
  assert.equal(run('receive', [root, path(system)], whole).status, 0);
  assert.deepEqual(fs.readdirSync(join(root, 'nix/store', tree)), ['usr']);
  assert.equal(run('receive', [root, path(name('3', 'other'))], whole).status, 94);
});

test('a link of the guest in the way is not followed', { skip }, async (t) => {
  const [store, root] = [ownStore(), guestRoot(t)];
  const elsewhere = scratchFolder(t);
  fs.writeFileSync(join(elsewhere, 'kept'), '');
  fs.symlinkSync(elsewhere, join(root, 'nix/store', incomingFolder));
  fs.symlinkSync(elsewhere, join(root, 'nix/store', tree));
  assert.equal(run('receive', [root, path(system)], await archive(store)).status, 0);
  assert.deepEqual(fs.readdirSync(elsewhere), ['kept']);
  assert.ok(fs.lstatSync(join(root, 'nix/store', tree)).isDirectory());
});

/** A system whose switch-to-configuration ends with what its file `status` says. */
function addSystem(root: string, of: string): string {
  fs.mkdirSync(join(root, path(of), 'bin'), { recursive: true });
  const script = `#!/bin/sh\necho "${of.slice(0, 1)} $1" >> ${root}/calls\nexit "$(cat ${root}/status 2>/dev/null || echo 0)"\n`;
  fs.writeFileSync(join(root, path(of), 'bin/switch-to-configuration'), script, { mode: 0o755 });
  return path(of);
}

test('generations: a new one for another system, the one before, and none where nothing was done', { skip }, (t) => {
  const root = guestRoot(t);
  const profiles = join(root, 'nix/var/nix/profiles');
  const [first, second, third] = ['a', 'b', 'c'].map((letter) => addSystem(root, name(letter, 'nixos-system-web')));
  fs.symlinkSync(first!, join(profiles, 'system-1-link'));
  fs.symlinkSync('system-1-link', join(profiles, 'system'));
  const step = (of: string, action: string, status = 0): string => {
    fs.writeFileSync(join(root, 'status'), String(status));
    const ran = run('activate', [root, of, action]);
    const links = fs.readdirSync(profiles).filter((link) => link.startsWith('system-'));
    return `${ran.status} ${fs.readlinkSync(join(profiles, 'system'))} of ${links.length}: ${/generation \d+/.exec(ran.output)?.[0]}`;
  };
  assert.equal(step('', 'switch'), '96 system-1-link of 1: undefined');
  assert.equal(step(second!, 'test'), '0 system-1-link of 1: generation 1');
  assert.equal(step(second!, 'dry-activate'), '0 system-1-link of 1: generation 1');
  assert.equal(step(second!, 'switch', 1), '1 system-1-link of 1: generation 2');
  assert.equal(step(second!, 'switch', 4), '4 system-2-link of 2: generation 2');
  assert.equal(step(second!, 'switch'), '0 system-2-link of 2: generation 2');
  assert.equal(step(third!, 'boot', 100), '100 system-3-link of 3: generation 3');
  assert.equal(step('', 'switch', 1), '1 system-3-link of 3: generation 2');
  assert.equal(step('', 'switch'), '0 system-2-link of 3: generation 2');
  // A system that is gone is left out.
  fs.rmSync(join(root, second!), { recursive: true });
  assert.equal(step(third!, 'switch'), '0 system-4-link of 4: generation 4');
  fs.rmSync(join(profiles, 'system-3-link'));
  assert.equal(step('', 'switch'), '0 system-1-link of 3: generation 1');
  const calls = fs.readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');
  assert.deepEqual(calls, [
    'b test',
    'b dry-activate',
    'b switch',
    'b switch',
    'b switch',
    'c boot',
    'b switch',
    'b switch',
    'c switch',
    'a switch',
  ]);
});

test('what a machine has; the words of a guest that lies', { skip }, (t) => {
  const root = guestRoot(t);
  assert.equal(run('probe', [root]).status, 90);
  addSystem(root, system);
  fs.writeFileSync(join(root, path(system), 'activate'), '');
  fs.symlinkSync(join(root, path(system)), join(root, 'run/current-system'));
  const { status, output } = run('probe', [root], `${path(tree)}\n`);
  assert.equal(status, 0, output);
  const found = readGuestStore(output);
  assert.deepEqual([...found.names].sort(), [old, system]);
  assert.equal(found.hasNix, false);
  assert.ok(found.space! > 0);
  const lies = [
    'has ../../etc',
    `has ${old}/../x`,
    `has ${old}\x1b[31m`,
    'space -1 4096',
    'space 1e9 1',
    `invalid /etc/${old}`,
    'has',
    ' nix',
    '',
  ];
  assert.deepEqual(readGuestStore(lies.join('\n')), { names: new Set(), invalid: new Set(), hasNix: false, space: undefined });
});

test('a machine with Nix says what that does not know, and learns of the paths', { skip }, async (t) => {
  const [store, root, programs] = [ownStore(), guestRoot(t), scratchFolder(t)];
  fs.writeFileSync(
    join(programs, 'nix-store'),
    `#!/bin/sh
case $1 in
  --check-validity) shift 2; for path; do case $path in *-tree) echo "$path" ;; esac; done ;;
  --load-db) cat > ${root}/loaded; exit "$(cat ${root}/status 2>/dev/null || echo 0)" ;;
esac
`,
    { mode: 0o755 },
  );
  fs.mkdirSync(join(root, 'nix/var/nix/db'));
  fs.writeFileSync(join(root, 'nix/var/nix/db/db.sqlite'), '');
  addSystem(root, name('a', 'nixos-system-web'));
  fs.writeFileSync(join(root, path(name('a', 'nixos-system-web')), 'activate'), '');
  fs.symlinkSync(join(root, path(name('a', 'nixos-system-web'))), join(root, 'run/current-system'));
  const { output } = run('probe', [root], [old, tree, system].map((one) => `${path(one)}\n`).join(''), programs);
  const { hasNix, invalid } = readGuestStore(output);
  assert.deepEqual([hasNix, [...invalid]], [true, [path(old)]]);
  const packed = await archive(store, [], { [registrationName]: 'facts\n' });
  assert.equal(run('receive', [root, path(system)], packed, programs).status, 0);
  assert.equal(fs.readFileSync(join(root, 'loaded'), 'utf8'), 'facts\n');
  fs.writeFileSync(join(root, 'status'), '1');
  assert.equal(run('receive', [root, path(system)], packed, programs).status, 95);
});

async function machine(): Promise<{ context: { env: NodeJS.ProcessEnv; signal: AbortSignal }; instance: Instance }> {
  const home = scratchFolder();
  const context = { env: { ...process.env, HOME: home, XDG_STATE_HOME: home }, signal: new AbortController().signal };
  const facts = { name: 'web', created: '2026-01-01T00:00:00.000Z', source: '/f#m', image: '/i.qcow2', disks: [], forwards: [] };
  const rest = { firmware: 'bios' as const, accelerator: 'auto' as const, autostart: false, qemuArguments: [] };
  const instance = await instancesOf(context).create({ ...facts, ...rest }, (folder) => {
    fs.writeFileSync(join(folder, 'serial.log'), '');
    fs.writeFileSync(join(folder, 'system.qcow2'), encodeOverlay({ virtualSize: 2 ** 20 }));
  });
  return { context, instance };
}

type Reply = { output?: string; errors?: string; status?: number; cut?: boolean };
async function withGuest(
  mode: string,
  replies: Reply[],
  use: (given: Awaited<ReturnType<typeof machine>>) => Promise<void>,
): Promise<void> {
  const given = await machine();
  const { instance } = given;
  await instance.writeText('replies.json', JSON.stringify(replies));
  await instance.start({ name: 'web', command: [process.execPath, resolve('test/instances/fake-qemu.mjs'), mode], environment: {} });
  try {
    await use(given);
  } finally {
    await instance.kill();
  }
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(100_000);
}
const open = { timeout: 5000 };

test('a guest that ends, refuses, or takes nothing holds no switch', async () => {
  await withGuest(
    'reply',
    [{ cut: true }, { status: 93, errors: 'tar: \x1b]0;title\x07 no space' }, { status: 90 }, { status: 91 }],
    async ({ instance }) => {
      await assert.rejects(sendPaths(instance, path(system), endless(), open), { code: 'vm/guest-gone' });
      await assert.rejects(sendPaths(instance, path(system), endless(), open), (error: Error & { code: string }) => {
        assert.equal(error.code, 'instance/switch-failed');
        assert.match(error.message, /could not take all paths into its store, .*no space/s);
        assert.ok(!error.message.includes('\x1b'));
        return true;
      });
      await assert.rejects(guestStore(instance, [], open), { code: 'instance/not-switchable' });
      const onOutput = (): void => {};
      await assert.rejects(
        activateSystem(instance, { system: path(system), action: 'test', onOutput }, open),
        /being switched by another command/,
      );
    },
  );
  for (const mode of ['mute', 'flood'])
    await withGuest(mode, [], async ({ instance }) => {
      const signal = AbortSignal.timeout(500);
      await assert.rejects(sendPaths(instance, path(system), endless(), { ...open, signal }), { name: 'TimeoutError' });
      const onOutput = (): void => {};
      await assert.rejects(
        activateSystem(instance, { system: undefined, action: 'switch', onOutput }, { ...open, signal: AbortSignal.timeout(500) }),
        { name: 'TimeoutError' },
      );
    });
});

test('the machine notes what it starts: not what was refused, nor what is no path', async () => {
  const said = (of: string, image = old) => `generation 2\nsystem ${of}\nimage ${path(image)}\n`;
  const replies: (Reply & { noted: string | undefined })[] = [
    { status: 1, output: said(path(system)), noted: undefined },
    { status: 4, output: said(path(system)), noted: path(system) },
    { status: 0, output: said('/nix/store/../../etc'), noted: path(system) },
    { status: 0, output: 'x'.repeat(50_000), noted: path(system) },
    { status: 1, output: said(path(old)), noted: path(system) },
    { status: 96, noted: path(system) },
    { status: 0, output: said(path(old)), noted: undefined },
  ];
  await withGuest('reply', replies, async ({ context, instance }) => {
    const request = { name: 'web', action: 'switch' as const, rollback: true, timeout: 5000, onOutput: () => {} };
    const pipeline = { ...context, cwd: '/', onNote: () => {}, onWarning: () => {} } as unknown as Parameters<typeof switchMachine>[0];
    for (const { status, noted } of replies) {
      const switching = switchMachine(pipeline, request);
      if (status === 96) await assert.rejects(switching, { code: 'instance/no-generation' });
      else assert.equal((await switching).status, status);
      assert.equal((await instance.manifest()).switched?.system, noted);
    }
  });
});

test('a snapshot keeps the note of the system', async () => {
  const { instance } = await machine();
  const manifest = await instance.manifest();
  const noted = async () => (await instance.manifest()).switched?.system;
  await takeSnapshot(instance, 'before');
  await instance.writeManifest({ ...manifest, switched: { system: path(system) } });
  await takeSnapshot(instance, 'after');
  await restoreSnapshot(instance, 'before');
  assert.equal(await noted(), undefined);
  await restoreSnapshot(instance, 'after');
  assert.equal(await noted(), path(system));
  await instance.writeText('snapshot-after.switched', '{"system":"/nix/store/../etc"}');
  await restoreSnapshot(instance, 'after');
  assert.equal(await noted(), undefined);
  await restoreSnapshot(instance, 'before');
  await deleteSnapshot(instance, 'after');
  assert.ok(!(await instance.has('snapshot-after.switched')));
});

test('actions are those of nixos-rebuild', () => {
  assert.equal(parseSwitchAction('dry-activate'), 'dry-activate');
  for (const text of ['', 'build', 'Switch', 'check']) assert.throws(() => parseSwitchAction(text), { code: 'instance/bad-action' });
});
