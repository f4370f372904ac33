/** The start with the host, with programs that play systemd and cron. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { disableAutostart, enableAutostart } from '../../src/instances/autostart.ts';
import { localHost } from '../../src/instances/host/this-host.ts';
import type { Instance } from '../../src/instances/instance.ts';
import { Instances } from '../../src/instances/instances.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

async function setting(programs: Record<string, string>, below = 'state'): Promise<{ instance: Instance; folder: string }> {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'bin'));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\ncd '${folder}'\necho "${name} $*" >> calls\n${text}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  for (const name of ['sh', 'cat'])
    if (!existsSync(join(folder, 'bin', name)))
      writeFileSync(join(folder, 'bin', name), `#!/bin/sh\nexec /bin/${name} "$@"\n`, { mode: 0o755 });
  const host = localHost({ PATH: join(folder, 'bin'), HOME: folder });
  const instance = await new Instances(join(folder, below, 'vms'), host).create(
    {
      name: 'web',
      created: '2026-01-01T00:00:00.000Z',
      source: '/f#m',
      image: '/i.qcow2',
      disks: [],
      firmware: 'bios',
      accelerator: 'auto',
      forwards: [],
      autostart: false,
      qemuArguments: [],
    },
    (at) => writeFileSync(join(at, 'serial.log'), ''),
  );
  return { instance, folder };
}

const stopCommand = ['/usr/bin/node', '/opt/bootflake.js', 'vm', 'stop', 'web'];
const unit = '.config/systemd/user/bootflake-vm-web.service';

test("by the user's systemd, which is allowed to start with the host", async () => {
  const loginctl = 'case "$*" in *show-user*) cat linger 2>/dev/null || echo no ;; *) echo yes > linger ;; esac';
  const { instance, folder } = await setting({ systemctl: '', loginctl, crontab: 'exit 1' }, '50% of "$HOME"');
  assert.deepEqual(await enableAutostart(instance, stopCommand), { by: 'systemd' });
  const text = readFileSync(join(folder, unit), 'utf8');
  assert.match(text, /^ExecStart=\/bin\/sh ".*\/50%% of \\"\$\$HOME\\"\/vms\/web\/start\.sh"$/m);
  assert.match(text, /^ExecStop=-"\/usr\/bin\/node" "\/opt\/bootflake\.js" "vm" "stop" "web"$/m);
  assert.match(readFileSync(join(folder, 'calls'), 'utf8'), /systemctl --user enable bootflake-vm-web\.service/);
  await disableAutostart(instance);
  assert.ok(!existsSync(join(folder, unit)));
  assert.match(readFileSync(join(folder, 'calls'), 'utf8'), /systemctl --user disable bootflake-vm-web\.service/);
});

test('systemd reads the unit as it is meant', async (t) => {
  const { instance, folder } = await setting({ systemctl: '', loginctl: 'echo yes' }, `50% of "$HOME" \\ it's ünï`);
  await enableAutostart(instance, ['/bin/sh', `/opt/it's 100% "$x"`, 'vm', 'stop', 'web']);
  process.env.XDG_RUNTIME_DIR ??= folder;
  // It warns about what it does not know, and fails.
  assert.equal(await judge(t, 'systemd-analyze', ['verify', '--user', join(folder, unit)]), '');
});

test('what root has to allow is said', async () => {
  const { instance } = await setting({ systemctl: '', loginctl: 'echo no' });
  assert.match((await enableAutostart(instance, stopCommand)).needsLinger!, /^sudo loginctl enable-linger \S+$/);
});

test('a unit that cannot be enabled is not left behind', async () => {
  const { instance, folder } = await setting({ systemctl: 'case "$*" in *enable*) exit 1 ;; esac' });
  await assert.rejects(enableAutostart(instance, stopCommand), { code: 'instance/no-autostart' });
  assert.ok(!existsSync(join(folder, unit)));
});

test('by cron, whose other lines stay', async () => {
  const crontab = 'if [ "$1" = -l ]; then [ -e table ] && cat table; else cat > table; fi';
  const { instance, folder } = await setting({ systemctl: 'exit 1', crontab }, '50% full');
  const table = () => readFileSync(join(folder, 'table'), 'utf8');
  writeFileSync(join(folder, 'table'), '# mine\n0 1 * * * true\n');
  for (let times = 0; times < 2; times++) assert.deepEqual(await enableAutostart(instance, stopCommand), { by: 'cron' });
  assert.match(
    table(),
    /^# mine\n0 1 \* \* \* true\n@reboot \/bin\/sh '.*\/50\\% full\/vms\/web\/start\.sh' >\/dev\/null 2>&1 # bootflake web\n$/,
  );
  await disableAutostart(instance);
  assert.equal(table(), '# mine\n0 1 * * * true\n');
});

test('where there is neither, the error says what to run', async () => {
  const { instance } = await setting({});
  await assert.rejects(enableAutostart(instance, stopCommand), (error: Error & { code: string; hint: string }) => {
    assert.equal(error.code, 'instance/no-autostart');
    assert.match(error.hint, /\/bin\/sh .*\/vms\/web\/start\.sh$/);
    return true;
  });
  await disableAutostart(instance);
});

test('a script that is run twice leaves the machine that runs alone', async () => {
  const { instance } = await setting({});
  await instance.start({ name: 'web', command: [process.execPath, resolve('test/instances/fake-qemu.mjs'), 'run'], environment: {} });
  try {
    const running = readFileSync(instance.file('running'), 'utf8');
    const again = spawnSync('/bin/sh', [instance.file('start.sh')], { encoding: 'utf8' });
    assert.deepEqual([again.status, again.stderr], [1, 'the machine web is running\n']);
    assert.equal(readFileSync(instance.file('running'), 'utf8'), running);
    assert.ok(await instance.isRunning());
  } finally {
    await instance.kill();
  }
  // What the script of a machine that lost its power left does not hold it.
  writeFileSync(instance.file('running'), `${process.pid}-1-0-0\n`);
  await instance.start({ name: 'web', command: [process.execPath, resolve('test/instances/fake-qemu.mjs'), 'run'], environment: {} });
  await instance.kill();
});
