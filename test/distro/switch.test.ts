/** switch-to-configuration in a folder: two systems, a systemctl that writes down what it is asked, and what the program says and does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratchFolder } from '../support/scratch-folder.ts';

const programs = resolve('distro/nixos/modules/system/activation/switch');
const installer = resolve('distro/nixos/modules/system/boot/loader/install-grub.pl');
const skip = spawnSync('perl', ['-v']).status === 0 ? false : 'perl is not on this machine';

type Texts = Record<string, string>;

interface Given {
  /** Files of the two systems, by their paths below etc/systemd/system unless they have a folder of their own: etc/, tree/, copies/. */
  old?: Texts;
  new?: Texts;
  /** Units that run beside those of `old`, as `NAME STATE SUB`; `after` are those that run when all is done. */
  active?: string[];
  after?: string[];
  action?: string;
  /** The activation script of the new system. */
  activate?: string;
  checks?: string;
  bootLoader?: string;
  /** Commands of systemctl that fail, as patterns of sh. */
  failing?: string;
  /** Those that never end. */
  hanging?: string;
  interface?: string;
  /** Files that are there before, by their paths: run/start-list, users/1000/systemd/private. */
  present?: Texts;
}

interface Switched {
  status: number | null;
  /** What the program said. */
  lines: string[];
  /** What it executed, in this order. */
  calls: string[];
  file(path: string): string | undefined;
}

const places = /^(?:etc|tree|copies|kernel|initrd|kernel-params|usr-layer|dry-activate)(?:\/|$)/;

function switched(t: TestContext, given: Given): Switched {
  const folder = scratchFolder(t);
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), mode);
  };
  const fake = (name: string, commands = '') => write(`bin/${name}`, `#!/bin/sh\necho "${name} $*" >> ${folder}/calls\n${commands}`, 0o755);
  for (const name of ['old', 'new'] as const) {
    write(`${name}/init-interface-version`, name === 'new' ? (given.interface ?? '2') : '2');
    write(`${name}/activate`, `#!/bin/sh\necho activate >> ${folder}/calls\n${given.activate ?? ''}\n`, 0o755);
    for (const below of ['etc', 'tree', 'copies']) mkdirSync(join(folder, name, below));
    for (const [path, text] of Object.entries(given[name] ?? {})) {
      const place = `${name}/${places.test(path) ? path : `etc/systemd/system/${path}`}`;
      if (!text.startsWith('-> ')) write(place, text, path === 'dry-activate' ? 0o755 : 0o644);
      else {
        mkdirSync(dirname(join(folder, place)), { recursive: true });
        symlinkSync(text.slice(3), join(folder, place));
      }
    }
  }
  const units = Object.keys(given.old ?? {}).filter((path) => !places.test(path) && !path.includes('/') && !path.includes('@.'));
  const rows = (list: string[]) => list.map((row) => row.replace(/^(\S+) (.*)$/s, '$1 loaded $2 Some text\n')).join('');
  const before = [...units.map((unit) => `${unit} active running`), ...(given.active ?? [])];
  write('active', rows(before));
  write('after', rows(given.after ?? before));
  mkdirSync(join(folder, 'run'));
  for (const [path, text] of Object.entries(given.present ?? {})) write(path, text);
  fake(
    'systemctl',
    `case "$*" in list-units*) cat ${folder}/active; cp ${folder}/after ${folder}/active ;; is-active*) shift 2; for u; do echo active; done ;; ` +
      `show*) echo 1 ;; ${given.hanging ? `${given.hanging}) exec sleep 60 ;;` : ''} ${given.failing ? `${given.failing}) exit 1 ;;` : ''} esac`,
  );
  for (const name of ['sync', 'systemd-tmpfiles', 'swapoff', 'loader', 'mount']) fake(name);
  if (given.checks !== undefined) write('checks', given.checks);
  const program = `my ($p, $f, $i, $c, $action) = @ARGV;
    require "$p/$_.pm" for qw(Units Plan Switch);
    ($Switch::current, $Switch::booted, $Switch::users, $Switch::uid, $Plan::run) = ("$f/old", "$f/old", "$f/users", 0, "$f/run");
    ($Switch::procMounts, $Switch::procHostName, $Switch::userPatience) = ("$f/mounts", "$f/hostname", 1);
    Switch::main("$f/new", { installBootLoader => $i, preSwitchChecks => $c }, $action);`;
  write('mounts', '/dev/vda / ext4 rw 0 0\n/dev/vdb /data ext4 rw 0 0\n/dev/vdc /gone\\040place ext4 rw 0 0\n');
  const checks = given.checks === undefined ? '' : join(folder, 'checks');
  const run = spawnSync('perl', ['-e', program, programs, folder, given.bootLoader ?? 'loader -x', checks, given.action ?? 'test'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}/bin:${process.env.PATH}` },
  });
  assert.doesNotMatch(run.stderr, / at \S+\.p[lm] line /);
  const at = (path: string) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined);
  return {
    status: run.status,
    lines: run.stderr.replaceAll(folder, '').split('\n').filter(Boolean),
    calls: (at('calls') ?? '')
      .replaceAll(folder, '')
      .split('\n')
      .filter((line) => line !== '' && !line.includes('list-units')),
    file: at,
  };
}

const service = (exec: string, more = '') => `[Unit]\n\n[Service]\nExecStart=${exec}\n${more}`;

/** What a switch does to one service that runs, from what it was to what it is. */
function verdict(t: TestContext, before: string, after: string, more: Given = {}): string[] {
  const run = switched(t, {
    ...more,
    old: { 'a.service': before, ...more.old },
    new: { 'a.service': after, ...more.new },
    action: 'dry-activate',
  });
  assert.equal(run.status, 0, run.lines.join('\n'));
  return run.lines
    .filter((line) => !/activate the configuration/.test(line))
    .map((line) => line.replace(/ the following( changed)? units: /, ' '));
}

test('the keys of a unit decide what a switch does when it has changed', { skip }, (t) => {
  const cases: [string, string, string[]][] = [
    ['', '', []],
    ['', 'X-StopIfChanged=false\n', ['would restart a.service']],
    ['', 'X-RestartIfChanged=false\n', ['would NOT stop a.service']],
    ['', 'X-ReloadIfChanged=true\n', ['would reload a.service']],
    ['', 'Restart=always\n', ['would stop a.service', 'would start a.service']],
    ['Restart=no\n', 'Restart=always\nX-StopIfChanged=no\n', ['would restart a.service']],
    ['# a comment\nRestart=no\n', 'Restart = no\n', []],
    ['ExecStart=\nExecStart=/x\n', 'ExecStart=\nExecStart=/y\n', ['would stop a.service', 'would start a.service']],
    ['[Install]\nWantedBy=a.target\n', '', []],
    ['', '[X-Test]\nA=b\n', ['would stop a.service', 'would start a.service']],
    ['[Unit]\nDescription=one\nOnFailure=x.service\n', '[Unit]\nDescription=two\n', []],
    ['[Unit]\nWants=x.service\n', '', ['would stop a.service', 'would start a.service']],
    ['[Unit]\nX-Reload-Triggers=1\n', '[Unit]\nX-Reload-Triggers=2\n', ['would reload a.service']],
    ['[Unit]\nX-Reload-Triggers=1\n', '', []],
    ['[Unit]\nX-Restart-Triggers=1\n', '[Unit]\nX-Restart-Triggers=2\n', ['would stop a.service', 'would start a.service']],
    ['', '[Unit]\nRefuseManualStop=yes\nA=b\n', ['would NOT stop a.service']],
    ['', '[Unit]\nX-OnlyManualStart=yes\n', ['would NOT stop a.service']],
  ];
  for (const [before, after, expected] of cases) {
    const text = `${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
    assert.deepEqual(verdict(t, service('/bin/x', before), service('/bin/x', after)), expected, text);
  }
});

test('kinds of units have their own rules', { skip }, (t) => {
  const run = switched(t, {
    old: {
      'a.socket': '[Socket]\nListenStream=1\n',
      'b.service': service('/b'),
      'b.socket': '[Socket]\nListenStream=2\n',
      'c.timer': '[Timer]\nOnCalendar=daily\n',
      'd.target': '[Unit]\nDescription=d\n',
      'e.target': '[Unit]\nX-StopOnReconfiguration=yes\n',
      'f.path': '[Path]\nPathExists=/f\n',
      'g.mount': '[Mount]\nWhat=/g\nOptions=ro\n',
      'h.mount': '[Mount]\nWhat=/h\n',
      '-.mount': '[Mount]\nWhat=/\n',
      'i@.service': service('/i'),
      'j.service': service('/j', '[Unit]\nX-StopOnRemoval=false\n'),
      'k.service': service('/k'),
      'l.service': service('/l'),
      'dead.service': service('/dead'),
    },
    new: {
      'a.socket': '[Socket]\nListenStream=3\n',
      'b.service': service('/b2'),
      'b.socket': '[Socket]\nListenStream=2\n',
      'c.timer': '[Timer]\nOnCalendar=hourly\n',
      'd.target': '[Unit]\nDescription=d2\n',
      'e.target': '[Unit]\nX-StopOnReconfiguration=yes\n',
      'f.path': '[Path]\nPathExists=/f2\n',
      'g.mount': '[Mount]\nWhat=/g\nOptions=rw\n',
      'h.mount': '[Mount]\nWhat=/h2\n',
      '-.mount': '[Mount]\nWhat=/dev/sda\n',
      'i@.service': service('/i2'),
      'k.service': '-> /dev/null',
      'l.service': service('/l'),
      'l.service.d/overrides.conf': '[Service]\nNice=3\n',
      'dead.service': service('/dead2'),
    },
    active: ['i@one.service active running', 'other.scope active running'],
    action: 'dry-activate',
  });
  assert.deepEqual(run.lines, [
    'would stop the following units: b.service, b.socket, dead.service, i@one.service, k.service, l.service',
    'would activate the configuration...',
    'would reload the following units: -.mount, g.mount',
    'would restart the following units: c.timer, h.mount',
    'would start the following units: b.socket, dead.service, i@one.service, l.service',
  ]);
  assert.deepEqual(run.calls, []);
  assert.equal(run.file('run/start-list'), undefined);
});

test("programs and files of Debian's packages count, as their units do not name store paths", { skip }, (t) => {
  const sshd = service('-/usr/sbin/sshd -D', 'X-StopIfChanged=false\n');
  const trees = (before: Texts, after: Texts): Given => ({ old: before, new: after });
  assert.deepEqual(verdict(t, sshd, sshd, trees({ 'tree/usr/sbin/sshd': '1' }, { 'tree/usr/sbin/sshd': '1' })), []);
  assert.deepEqual(verdict(t, sshd, sshd, trees({ 'tree/usr/sbin/sshd': '1' }, { 'tree/usr/sbin/sshd': '2' })), [
    'would restart a.service',
  ]);
  const moved = trees({ 'tree/usr/bin/s': '1', 'tree/usr/sbin/sshd': '-> ../bin/s' }, { 'tree/usr/sbin/sshd': '1' });
  assert.deepEqual(verdict(t, sshd, sshd, moved), []);

  const own = 'tree/usr/lib/systemd/system';
  const resolved = (text: string, settings: string): Texts => ({
    [`${own}/systemd-resolved.service`]: service('/usr/lib/systemd/systemd-resolved'),
    [`${own}/systemd-logind.service`]: service('/usr/lib/systemd/systemd-logind'),
    'tree/usr/lib/systemd/systemd-logind': text,
    'etc/systemd/resolved.conf': settings,
  });
  const run = switched(t, {
    old: resolved('1', 'DNS=1\n'),
    new: resolved('2', 'DNS=2\n'),
    active: ['systemd-resolved.service active running', 'systemd-logind.service active running'],
    action: 'dry-activate',
  });
  assert.deepEqual(run.lines, [
    'would NOT stop the following changed units: systemd-logind.service',
    'would activate the configuration...',
    'would restart the following units: systemd-resolved.service',
  ]);
});

test('a switch stops, activates and starts, in this order, and shows what came of it', { skip }, (t) => {
  const run = switched(t, {
    old: { 'a.service': service('/a'), 'b.service': service('/b'), 'multi-user.target': '[Unit]\n', kernel: '1', 'etc/hostname': 'one\n' },
    new: { 'a.service': service('/a2'), 'multi-user.target': '[Unit]\n', kernel: '2', 'etc/hostname': 'two\n' },
    after: ['a.service active running', 'n.service active running', 'f.service failed failed', 'r.service activating auto-restart'],
    activate: `[ "$NIXOS_ACTION" = test ] && [ "$1" = "$(dirname "$0")" ] || echo wrong >&2`,
  });
  assert.deepEqual(run.lines, [
    'stopping the following units: a.service, b.service',
    'activating the configuration...',
    'setting up tmpfiles',
    'starting the following units: a.service',
    'the following new units were started: n.service',
    'the following parts take effect when the machine restarts: kernel',
    'warning: the following units failed: f.service, r.service',
  ]);
  assert.deepEqual(run.calls, [
    'sync -f /nix/store',
    'systemctl stop -- a.service b.service',
    'activate',
    'systemctl daemon-reload',
    'systemd-tmpfiles --create --remove --exclude-prefix=/dev',
    'systemctl start -- a.service multi-user.target',
    'systemctl show --value -p ExecMainStatus -- r.service',
    'systemctl status --no-pager --full -- f.service r.service',
  ]);
  assert.equal(run.status, 4);
  assert.equal(run.file('hostname'), 'two');
  assert.equal(run.file('run/start-list'), undefined);
});

test('the status says what failed', { skip }, (t) => {
  const changed: Given = { old: { 'a.service': service('/a') }, new: { 'a.service': service('/a2') } };
  assert.equal(switched(t, { ...changed, activate: 'exit 1' }).status, 2);
  assert.equal(switched(t, { ...changed, failing: 'daemon-reload' }).status, 3);
  assert.equal(switched(t, { ...changed, failing: 'start*' }).status, 4);
  assert.equal(switched(t, { ...changed, failing: 'stop*' }).status, 0);
  const other = switched(t, { ...changed, interface: '3' });
  assert.equal(other.status, 100);
  assert.match(other.lines.join('\n'), /^Warning: the new NixOS configuration has an 'init'/);
  assert.deepEqual(other.calls, ['sync -f /nix/store']);
  const usage = switched(t, { action: 'sideways' });
  assert.equal(usage.status, 1);
  assert.match(usage.lines[0]!, /^Usage: switch-to-configuration \[check\|switch\|boot\|test\|dry-activate\]/);
});

test('the boot loader comes first, and checks before it', { skip }, (t) => {
  const boot = switched(t, { action: 'boot' });
  assert.deepEqual([boot.status, boot.calls], [0, ['loader -x /new', 'sync -f /nix/store']]);
  const refused = switched(t, { action: 'switch', checks: 'echo "$2 is refused" >&2; exit 1' });
  assert.deepEqual([refused.status, refused.lines, refused.calls], [1, ['switch is refused', 'Pre-switch checks failed'], []]);
  assert.equal(switched(t, { action: 'check', checks: '[ "$2" = check ]' }).status, 0);
  const none = switched(t, { action: 'switch', bootLoader: '' });
  assert.equal(none.status, 1);
  assert.match(none.lines[0]!, /^this system has no boot loader/);
});

test('activation scripts ask for restarts and reloads; what a switch was interrupted in is done by the next', { skip }, (t) => {
  const both: Texts = {
    'a.service': service('/a', 'X-StopIfChanged=false\n'),
    'b.service': service('/b'),
    'c.service': service('/c'),
    'late.service': service('/late'),
  };
  const run = switched(t, {
    old: Object.fromEntries(Object.entries(both).filter(([name]) => name !== 'late.service')),
    new: both,
    activate: `d=$(dirname "$0")/../run; printf 'a.service\\nb.service\\nlate.service\\n' > "$d/activation-restart-list"
      printf 'b.service\\nc.service\\n' > "$d/activation-reload-list"`,
  });
  assert.deepEqual(run.lines.slice(2), [
    'reloading the following units: c.service',
    'restarting the following units: a.service, b.service',
    'starting the following units: late.service',
  ]);
  const next = switched(t, { old: both, new: both, present: { 'run/start-list': 'x.service\n', 'run/restart-list': 'a.service\n' } });
  assert.deepEqual(next.lines.slice(2), ['restarting the following units: a.service', 'starting the following units: x.service']);
  assert.deepEqual([next.file('run/start-list'), next.file('run/restart-list')], [undefined, undefined]);
  const dry = switched(t, {
    old: both,
    new: { ...both, 'dry-activate': '#!/bin/sh\necho a.service > "$(dirname "$0")/../run/dry-activation-restart-list"\n' },
    action: 'dry-activate',
  });
  assert.deepEqual(dry.lines, ['would activate the configuration...', 'would restart the following units: a.service']);
});

test('what an interrupted switch was to start is not, when the next one leads to a system without it', { skip }, (t) => {
  const run = switched(t, {
    old: { 'a.service': service('/a'), 'debug.service': service('/debug') },
    new: { 'a.service': service('/a') },
    active: ['debug.service inactive dead'],
    present: { 'run/start-list': 'debug.service\na.service\nmade-at-boot.mount\n', 'run/reload-list': 'debug.service\n' },
  });
  assert.deepEqual(
    run.calls.filter((call) => /systemctl (?:start|reload) /.test(call)),
    ['systemctl start -- a.service made-at-boot.mount'],
  );
});

test('without room for its lists, a switch does nothing, or what it has begun', { skip }, (t) => {
  const both: Given = { old: { 'a.service': service('/a') }, new: { 'a.service': service('/a2') } };
  const before = switched(t, { ...both, present: { 'run/start-list.new/file': '' } });
  assert.equal(before.status, 1);
  assert.match(before.lines[0]!, /^Nothing was changed, as what is to be done cannot be written down: \/run\/start-list\.new: /);
  assert.deepEqual(before.calls, ['sync -f /nix/store']);
  const later = switched(t, {
    ...both,
    activate: 'd=$(dirname "$0")/../run; mkdir "$d/start-list.new"; echo late.service > "$d/activation-restart-list"',
  });
  assert.equal(later.status, 3);
  assert.equal(later.lines.filter((line) => line.startsWith('warning: /run/start-list.new: ')).length, 1);
  assert.ok(later.calls.includes('systemctl start -- a.service late.service'));
  // The next switch does it.
  assert.equal(later.file('run/activation-restart-list'), 'late.service\n');
});

test('what units and files say is no other unit, and has the terminal do nothing', { skip }, (t) => {
  const run = switched(t, {
    old: { 'b.service': service('/b') },
    new: { 'etc/fstab': '' },
    active: ['a.service active running', 'c.service active running'].map(
      (row) => `${row} first line\n                b.service loaded failed failed`,
    ),
    present: { 'run/start-list': 'x\u001b]0;title\u0007.service\n' },
    after: [],
  });
  assert.ok(run.lines.includes('starting the following units: x?]0;title?.service'));
  assert.ok(run.lines.includes('stopping the following units: b.service'));
  assert.ok(run.lines.every((line) => !/[\0-\x1f\x7f]/.test(line)));
});

test('units of users who are logged in are read again, and their activation runs', { skip }, (t) => {
  const present = {
    [`users/${process.getuid?.()}/systemd/private`]: '',
    'users/4294967/systemd/private': '',
    'users/other/systemd/private': '',
  };
  const calls = (files: Texts) => switched(t, { new: files, present }).calls.filter((call) => call.includes('--user'));
  assert.deepEqual(calls({}), ['systemctl --user daemon-reload']);
  assert.deepEqual(calls({ 'etc/systemd/user/nixos-activation.service': service('/x') }), [
    'systemctl --user daemon-reload',
    'systemctl --user restart nixos-activation.service',
  ]);
  assert.equal(switched(t, { present, failing: '"--user daemon-reload"' }).status, 4);
  // What is at a user's socket may be anything.
  const silent = switched(t, { present, hanging: '"--user daemon-reload"' });
  assert.equal(silent.status, 4);
  assert.ok(silent.lines.includes('warning: it did not reply within 1 s'));
  assert.ok(silent.calls.at(-1)!.startsWith('systemd-tmpfiles'), silent.calls.join('\n'));
});

test('file systems and swap devices of fstab', { skip }, (t) => {
  const run = switched(t, {
    old: {
      'etc/fstab':
        '/dev/vda / ext4 rw 0 1\n/dev/vdb /data ext4 rw 0 2\n/dev/vdc /gone\\040place ext4 rw 0 2\n/x /never none bind 0 0\n/dev/s swap swap defaults 0 0\n',
    },
    new: { 'etc/fstab': '/dev/vdz / ext4 rw 0 1\n/dev/vdb /data ext4 ro 0 2\n' },
    action: 'dry-activate',
  });
  assert.deepEqual(run.lines, [
    'would stop the following units: gone\\x20place.mount',
    'would NOT stop the following changed units: -.mount',
    'would stop swap device: /dev/s',
    'would activate the configuration...',
    'would reload the following units: data.mount',
  ]);
});

test('the boot menu of a system becomes the default, with the entries of other generations', { skip }, (t) => {
  const root = scratchFolder(t);
  const entry = (title: string, system: string) =>
    `menuentry "${title}" --class nixos {\n  linux \${bits} ${system}/kernel init=${system}/init quiet\n}\n`;
  const install = (system: string) => spawnSync('perl', [installer, system, root], { encoding: 'utf8' });
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const menu = (title: string, system = '@toplevel@') =>
    `set default="0"\n${entry(title, system)}menuentry "Firmware" {\n  fwsetup\n}\n${entry('Debug \\"x\\"', '/nix/store/debug')}` +
    `${entry('Two', '/nix/store/two')}${entry('rescue', system)}`;
  put('nix/store/one/boot-menu', menu('One'));
  put('nix/store/two/boot-menu', menu('Two'));
  mkdirSync(join(root, 'nix/var/nix/profiles'), { recursive: true });
  symlinkSync('/nix/store/one', join(root, 'nix/var/nix/profiles/system-1-link'));
  symlinkSync('/nix/store/two', join(root, 'nix/var/nix/profiles/system-2-link'));
  symlinkSync('/etc', join(root, 'nix/var/nix/profiles/system-3-link'));
  const refused = install('/nix/store/two');
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /^this machine has no boot menu/);

  put('boot/grub/grub.cfg', 'before');
  assert.equal(install('/nix/store/two').status, 0);
  const others = entry('One (generation 1)', '/nix/store/one') + entry('Debug \\"x\\" (generation 1)', '/nix/store/debug');
  assert.equal(
    readFileSync(join(root, 'boot/grub/grub.cfg'), 'utf8'),
    `${menu('Two', '/nix/store/two')}submenu "Other generations" {\n${others}}\n`,
  );
  assert.notEqual(install('/nix/store/three').status, 0);
});
