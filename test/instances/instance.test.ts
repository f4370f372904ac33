/** The life of a machine with a name, with a program that plays qemu. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { attachConsole } from '../../src/instances/console.ts';
import { LogReader } from '../../src/instances/host/this-host.ts';
import type { Instance } from '../../src/instances/instance.ts';
import { Instances } from '../../src/instances/instances.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const qemu = (mode = 'run') => ({
  name: 'web',
  command: [process.execPath, resolve('test/instances/fake-qemu.mjs'), mode],
  environment: {},
});

const manifest = (name = 'web') => ({
  name,
  created: '2026-01-01T00:00:00.000Z',
  source: '/f#m',
  image: '/i.qcow2',
  firmware: 'bios' as const,
  accelerator: 'auto' as const,
  forwards: [],
  disks: [],
  autostart: false,
  qemuArguments: [],
});

const fill = (folder: string) => writeFileSync(join(folder, 'serial.log'), '');

async function withInstance(work: (instance: Instance, instances: Instances) => Promise<void>, below = ''): Promise<void> {
  const path = scratchFolder();
  mkdirSync(join(path, below), { recursive: true });
  const instances = new Instances(join(path, below, 'vms'));
  const instance = await instances.create(manifest(), fill);
  try {
    await work(instance, instances);
  } finally {
    await instance.kill();
  }
}

test('a machine starts, is known to run, and leaves its status', async () => {
  await withInstance(async (instance) => {
    assert.deepEqual(await instance.state(), { state: 'stopped', status: undefined });
    await instance.start(qemu());
    assert.equal((await instance.state()).state, 'running');
    assert.equal(statSync(instance.folder).mode & 0o777, 0o700);
    await instance.withControl((control) => control.command('quit'));
    assert.ok(await instance.waitForEnd(5000));
    assert.deepEqual(await instance.state(), { state: 'stopped', status: 0 });
    assert.ok(!existsSync(instance.file('running')));
    await instance.start(qemu());
    await instance.withControl((control) => control.command('system_reset').catch(() => {}));
    assert.ok(await instance.waitForEnd(5000));
    assert.deepEqual(await instance.state(), { state: 'stopped', status: 3 });
  });
});

test('the folder may have a path longer than the address of a socket, and characters of any kind', {
  skip: process.platform !== 'linux',
}, async () => {
  await withInstance(
    async (instance) => {
      await instance.start(qemu());
      assert.equal((await instance.state()).state, 'running');
    },
    `${'long '.repeat(20)}/it's "$HOME" \\`,
  );
});

test('the error of a qemu that fails has its message, and what to do', async () => {
  await withInstance(async (instance) => {
    await assert.rejects(instance.start(qemu('fail')), (error: Error & { code: string; hint: string }) => {
      assert.equal(error.code, 'instance/start-failed');
      assert.match(error.message, /Failed to get "write" lock/);
      assert.match(error.hint, /Another machine/);
      return true;
    });
    assert.equal((await instance.state()).state, 'stopped');
  });
});

test('a program beside qemu that does not listen is an error, with what it said', async () => {
  await withInstance(async (instance) => {
    const beside = { name: 'the private network', socket: 'x.sock' };
    const launch = (script: string) => ({ ...qemu(), companions: [{ ...beside, command: ['sh', '-c', script] }] });
    await assert.rejects(instance.start(launch('echo no such folder >&2; exit 1')), {
      code: 'instance/start-failed',
      message: /no such folder\nthe private network could not be started$/,
    });
    assert.equal((await instance.state()).state, 'stopped');
    const listen = `require('net').createServer().listen('x.sock')`;
    await instance.start({ ...qemu(), companions: [{ ...beside, command: [process.execPath, '-e', listen] }] });
    assert.equal((await instance.state()).state, 'running');
  });
});

test('a process number that is used again is not the machine', async () => {
  await withInstance(async (instance) => {
    writeFileSync(instance.file('running'), `${process.pid}-1-0-0\n`);
    assert.equal((await instance.state()).state, 'stopped');
    for (const text of ['', 'x', '1', '-1-2-3-4', '99999999999999999999-1-2-3']) {
      writeFileSync(instance.file('running'), text);
      assert.equal((await instance.state()).state, 'stopped', text);
    }
  });
});

test('names are host names; one is used once', async () => {
  await withInstance(async (_, instances) => {
    for (const name of ['', '-a', 'a-', 'A', 'a/b', '..', '.', 'a b', 'a'.repeat(64), 'ä'])
      await assert.rejects(instances.create(manifest(name), fill), { code: 'instance/bad-name' }, name);
    await assert.rejects(instances.create(manifest('web'), fill), { code: 'instance/exists' });
    await assert.rejects(instances.get('other'), { code: 'instance/missing' });
    const broken = () => {
      throw new Error('no disk');
    };
    await assert.rejects(instances.create(manifest('other'), broken), /no disk/);
    assert.deepEqual(await instances.names(), ['web']);
    // At the same time, too.
    const both = await Promise.allSettled([1, 2].map(() => instances.create(manifest('db'), fill)));
    assert.deepEqual(
      both.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : each.value.name)),
      ['db', 'instance/exists'],
    );
    assert.deepEqual(readdirSync(instances.folder), ['db', 'web']);
  });
});

test('a manifest that is damaged, or of a newer bootflake, is refused', async () => {
  await withInstance(async (instance) => {
    const good = readFileSync(instance.file('machine.json'), 'utf8');
    for (const [text, code] of [
      ['{', 'instance/bad-manifest'],
      ['null', 'instance/bad-manifest'],
      ['[]', 'instance/bad-manifest'],
      [good.replace('"bios"', '"rom"'), 'instance/bad-manifest'],
      [good.replace('"schema": 3', '"schema": 4'), 'instance/newer-manifest'],
    ] as const) {
      writeFileSync(instance.file('machine.json'), text);
      await assert.rejects(instance.manifest(), { code }, text);
    }
  });
});

test('several terminals see the console, its past included, and one types', async () => {
  await withInstance(async (instance) => {
    await instance.start(qemu());
    const terminals = [0, 1].map(() => fakeTerminal());
    const ends = terminals.map((terminal) => attachConsole(instance, terminal));
    const ended = Promise.race(ends).then((end) => assert.fail(`a console ${end}`));
    ended.catch(() => {});
    await Promise.race([ended, Promise.all(terminals.map((terminal) => terminal.until(/begun/)))]);
    terminals[0]!.type('hello\x01\x01\n');
    await Promise.all(terminals.map((terminal) => terminal.until(/typed hello\x01\n/)));
    terminals[1]!.type('\x01d');
    assert.equal(await ends[1], 'left');
    await instance.withControl((control) => control.command('quit'));
    assert.equal(await ends[0], 'ended');
    await assert.rejects(attachConsole(instance, fakeTerminal()), { code: 'instance/not-running' });
  });
});

test('a log that is cut is read from its new beginning', () => {
  const path = scratchFolder();
  const file = join(path, 'log');
  writeFileSync(file, 'a'.repeat(100));
  const reader = new LogReader(file, 10);
  assert.equal(Buffer.from(reader.read()).toString(), 'a'.repeat(10));
  appendFileSync(file, 'b');
  assert.equal(Buffer.from(reader.read()).toString(), 'b');
  writeFileSync(file, 'new');
  assert.equal(Buffer.from(reader.read()).toString(), 'new');
  assert.equal(reader.read().length, 0);
  reader.close();
});

function fakeTerminal() {
  let text = '';
  let input: (bytes: Uint8Array) => void = () => {};
  const wakers: (() => void)[] = [];
  return {
    isTerminal: true,
    size: () => undefined,
    write(bytes: Uint8Array) {
      text += Buffer.from(bytes).toString('latin1');
      for (const wake of wakers.splice(0)) wake();
      return true;
    },
    written: () => Promise.resolve(),
    pause: () => {},
    resume: () => {},
    open(listener: { input(bytes: Uint8Array): void }) {
      input = (bytes) => listener.input(bytes);
      return { close: () => {} };
    },
    type: (typed: string) => input(Buffer.from(typed)),
    async until(pattern: RegExp) {
      const late = setTimeout(() => wakers.splice(0).forEach((wake) => wake()), 60_000);
      for (const begun = Date.now(); !pattern.test(text); ) {
        if (Date.now() - begun > 59_000) assert.fail(`no ${pattern} in ${JSON.stringify(text)}`);
        await new Promise<void>((wake) => wakers.push(wake));
      }
      clearTimeout(late);
    },
  };
}
