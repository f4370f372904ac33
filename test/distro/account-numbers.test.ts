/** The numbers of users and groups when the system, with its /etc, is replaced and /var stays: activation's Accounts.pm in a folder. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchFolder } from '../support/scratch-folder.ts';

const hasPerl = spawnSync('perl', ['-v']).status === 0;

interface Place {
  /**
   * Activates a system with these accounts. `list` is of its packages, and `made` are the rows that systemd-sysusers adds. Returns the
   * numbers of all accounts.
   */
  activate(spec: string, packages?: { list: string; made?: Record<string, string> }): Record<string, string>;
  /** Replaces the system. */
  forgetEtc(): void;
}

function place(): Place {
  const root = scratchFolder();
  const program = readFileSync('distro/nixos/modules/system/activation/programs/Accounts.pm', 'utf8')
    .replaceAll(/(?<=['" ])\/(?:etc|var|usr)\//g, (path) => `${root}${path}`)
    // Owners are root's to give.
    .replaceAll(/^ *chown\(0, \$group.*$/gm, '');
  writeFileSync(join(root, 'Accounts.pm'), program);
  const perl = (calls: string) => {
    const { status, stderr } = spawnSync('perl', ['-e', `require '${root}/Accounts.pm'; ${calls}`], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  const forgetEtc = () => {
    rmSync(join(root, 'etc'), { recursive: true, force: true });
    for (const folder of ['etc', 'var/lib/bootflake', 'usr/lib/sysusers.d']) mkdirSync(join(root, folder), { recursive: true });
  };
  forgetEtc();
  return {
    forgetEtc,
    activate(spec, { list = '', made = {} } = { list: '' }) {
      writeFileSync(join(root, 'spec'), spec);
      writeFileSync(join(root, 'usr/lib/sysusers.d/some.conf'), list);
      perl(`Accounts::apply('${root}/spec', '${root}')`);
      for (const [name, text] of Object.entries(made)) appendFileSync(join(root, 'etc', name), `${text}\n`);
      perl('Accounts::rememberNumbers()');
      const rows = (name: string) =>
        readFileSync(join(root, 'etc', name), 'utf8')
          .split('\n')
          .filter(Boolean);
      return Object.fromEntries([
        ...rows('passwd').map((row) => [row.split(':')[0]!, row.split(':').slice(2, 4).join(':')]),
        ...rows('group').map((row) => [`group ${row.split(':')[0]}`, row.split(':')[2]!]),
      ]) as Record<string, string>;
    },
  };
}

const group = (name: string, id: number, auto = 1) => `group ${name}\n id ${id}\n auto ${auto}\n`;
const user = (name: string, id: number, of: string, auto = 1) =>
  `user ${name}\n id ${id}\n auto ${auto}\n group ${of}\n home /h\n shell /bin/sh\n`;
const base = ` mutable 1\n${group('users', 100, 0)}`;

test('a new system gives every account the number that it had', { skip: !hasPerl }, () => {
  const { activate, forgetEtc } = place();
  const first = base + group('worker', 999) + user('tarn', 1000, 'users') + user('worker', 999, 'worker');
  assert.deepEqual(activate(first), { tarn: '1000:100', worker: '999:999', 'group users': '100', 'group worker': '999' });
  forgetEtc();
  // As it is computed without a memory: by name.
  const second =
    base +
    group('aaa', 999) +
    group('worker', 998) +
    user('anna', 1000, 'users') +
    user('tarn', 1001, 'users') +
    user('aaa', 999, 'aaa') +
    user('worker', 998, 'worker');
  const numbers = activate(second);
  assert.equal(numbers.tarn, '1000:100');
  assert.equal(numbers.worker, '999:999');
  assert.equal(numbers.anna, '1001:100');
  assert.equal(numbers.aaa, '998:998');
});

test('the number of an account that is gone is given to no other, and is there when it comes back', { skip: !hasPerl }, () => {
  const { activate, forgetEtc } = place();
  activate(base + user('old', 1000, 'users'));
  forgetEtc();
  assert.equal(activate(base + user('new', 1000, 'users')).new, '1001:100');
  forgetEtc();
  const both = activate(base + user('new', 1000, 'users') + user('old', 1001, 'users'));
  assert.deepEqual([both.new, both.old], ['1001:100', '1000:100']);
});

test('accounts of packages have the numbers that systemd-sysusers once gave them', { skip: !hasPerl }, () => {
  const { activate, forgetEtc } = place();
  const list = 'u messages 990 "Messages" /run\ng logs -\nu other -\n';
  const made = { passwd: 'messages:x:987:987:Messages:/run:/usr/sbin/nologin', group: 'messages:x:987:\nlogs:x:986:' };
  activate(base, { list, made });
  forgetEtc();
  const numbers = activate(base, { list });
  assert.deepEqual(numbers, { messages: '987:987', 'group users': '100', 'group messages': '987', 'group logs': '986' });
  // Not of a package that is gone.
  forgetEtc();
  assert.deepEqual(activate(base), { 'group users': '100' });
});
