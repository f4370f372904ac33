/** Activation that was killed, and the next one: what Accounts.pm and Etc.pm leave in a folder. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { scratchFolder } from '../support/scratch-folder.ts';

const programs = resolve('distro/nixos/modules/system/activation/programs');
const skip = spawnSync('perl', ['-v']).status === 0 ? false : 'perl is not on this machine';

/** A machine in a folder; `perl` runs calls of a module, whose places are there, after `before`. */
function machine(t: TestContext, module: 'Accounts' | 'Etc') {
  const root = scratchFolder(t);
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const text = readFileSync(join(programs, `${module}.pm`), 'utf8')
    .replaceAll(/(?<=['"({])\/(?:etc|var|usr)\//g, (path) => `${root}${path}`)
    .replaceAll("'/etc/skel'", `'${root}/etc/skel'`)
    // Owners are root's to give.
    .replaceAll(/^ *chown\([^$]*\$(?:group|new).*or die.*$|^ *chown\(numericOwner.*$/gm, '');
  put('Module.pm', text);
  for (const folder of ['etc', 'var/lib/bootflake', 'home']) mkdirSync(join(root, folder), { recursive: true });
  const perl = (calls: string, before = '') =>
    spawnSync('perl', ['-e', `BEGIN { ${before} } require '${programs}/DebianRules.pm'; require '${root}/Module.pm'; ${calls}`], {
      encoding: 'utf8',
    });
  return { root, put, perl };
}

/** Activation ends at once where the `at`th file would be put in its place. */
const killedAt = (at: number) =>
  `my $at = ${at}; *CORE::GLOBAL::rename = sub { kill KILL => $$ unless $at--; CORE::rename($_[0], $_[1]) };`;

test('accounts of a switch that was killed go with the switch back', { skip }, (t) => {
  const base = ' mutable 1\ngroup users\n id 100\n auto 0\n';
  const more = `${base}user debug\n id 1000\n auto 1\n group users\n home /h\n shell /bin/sh\n password \n`;
  for (let at = 0; ; at++) {
    const { root, put, perl } = machine(t, 'Accounts');
    put('base', base);
    put('more', more);
    const apply = (spec: string, before?: string) => perl(`Accounts::apply('${root}/${spec}', '${root}')`, before);
    assert.equal(apply('base').status, 0);
    const { signal } = apply('more', killedAt(at));
    if (signal === null) return assert.ok(at > 2);
    assert.equal(apply('base').status, 0);
    for (const name of ['passwd', 'shadow'])
      assert.doesNotMatch(readFileSync(join(root, 'etc', name), 'utf8'), /debug/, `${name}, killed at ${at}`);
  }
});

test('files in /etc of a switch that was killed go with the switch back', { skip }, (t) => {
  for (let at = 0; ; at++) {
    const { root, put, perl } = machine(t, 'Etc');
    for (const [name, copies] of [
      ['base', ''],
      ['more', '0440 +0:+0 sudoers.d/debug\n0644 +0:+0 debian.conf\n'],
    ] as const) {
      put(`${name}/copies.list`, copies);
      put(`${name}/etc/static.conf`, name);
    }
    for (const path of ['sudoers.d/debug', 'debian.conf']) put(`more/copies/${path}`, 'more');
    put('more/etc/other.conf', 'more');
    put('system/tree/etc/debian.conf', 'of Debian');
    const apply = (name: string, before?: string) => perl(`Etc::apply('${root}/system', '${root}/${name}')`, before);
    const first = apply('base');
    assert.equal(first.status, 0, first.stderr);
    const { signal } = apply('more', killedAt(at));
    if (signal === null) assert.ok(existsSync(join(root, 'etc/sudoers.d/debug')) && at > 4);
    assert.equal(apply('base').status, 0);
    assert.equal(existsSync(join(root, 'etc/sudoers.d/debug')), false, `killed at ${at}`);
    const links = readdirSync(join(root, 'etc')).filter((name) => /^(?:other|debian)\.conf$/.test(name));
    assert.deepEqual(links, ['debian.conf'], `killed at ${at}`);
    assert.equal(readlinkSync(join(root, 'etc/debian.conf')), '/run/current-system/tree/etc/debian.conf', `killed at ${at}`);
    if (signal === null) return;
  }
});

test('a home is whole before its user has it, and is made anew after a kill', { skip }, (t) => {
  const { root, put, perl } = machine(t, 'Accounts');
  put('etc/skel/.profile', 'profile');
  put('etc/skel/.config/app', 'app');
  const home = join(root, 'home/tarn');
  put(
    'spec',
    ` mutable 1\ngroup users\n id 100\n auto 0\nuser tarn\n id 1000\n auto 1\n group users\n home ${home}\n shell /bin/sh\n createHome 1\n homeMode 750\n`,
  );
  const make = (before: string) => perl(`Accounts::apply('${root}/spec', '${root}'); Accounts::makeHomes()`, before);
  const owners = (more = '') => `*CORE::GLOBAL::chown = sub { shift; shift; print "@_\\n"; ${more} 1 };`;
  assert.equal(make(owners('kill KILL => $$ if $_[0] =~ /app$/;')).signal, 'SIGKILL');
  assert.equal(existsSync(home), false);
  const made = make(owners());
  assert.equal(made.status, 0, made.stderr);
  // Folders after what is in them.
  const given = made.stdout.split('\n').flatMap((path) => (path.startsWith(home) ? [path.slice(`${home}.new`.length)] : []));
  assert.deepEqual([...given].sort(), ['', '', '/.config', '/.config/app', '/.profile']);
  assert.ok(given.indexOf('/.config/app') < given.indexOf('/.config'));
  assert.ok(given.indexOf('') === 3);
  assert.deepEqual(readdirSync(join(root, 'home')), ['tarn']);
  assert.equal(readFileSync(join(home, '.config/app'), 'utf8'), 'app');
  assert.equal(statSync(home).mode & 0o7777, 0o750);
  // One that cannot be made is named, and the others are made.
  put('spec', readFileSync(join(root, 'spec'), 'utf8').replace(home, `${root}/spec/below`));
  const failed = make(owners());
  assert.notEqual(failed.status, 0);
  assert.match(failed.stderr, /^the home of tarn: /);
});
