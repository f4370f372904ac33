/** Activation removes rules of Debian's packages that would change what the configuration has in /etc. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { scratchFolder } from '../support/scratch-folder.ts';

const programs = fileURLToPath(new URL('../../distro/nixos/modules/system/activation/programs', import.meta.url));
const skip = spawnSync('perl', ['-v']).status === 0 ? false : 'perl is not on this machine';

type Texts = Record<string, string>;

/** The changed files by path: `debian` are files of the tree, `own` the configuration's in /etc, `copies` those of them that are copied. */
function changed(t: TestContext, files: { debian: Texts; own?: Texts; copies?: Texts }): Texts {
  const folder = scratchFolder(t);
  const write = (below: string, texts: Texts = {}) => {
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(folder, below, path)), { recursive: true });
      writeFileSync(join(folder, below, path), text);
    }
  };
  write('tree', files.debian);
  write('etc/etc', files.own);
  write('etc/copies', files.copies);
  const program = `require "DebianRules.pm";
    my ($tree, $etc, @own) = @ARGV;
    my %changed = DebianRules::changed($tree, $etc, { map { $_ => 1 } @own });
    print map { "$_\\0$changed{$_}\\0" } sort keys %changed;`;
  const own = [...Object.keys(files.own ?? {}), ...Object.keys(files.copies ?? {})];
  const run = spawnSync('perl', [`-I${programs}`, '-e', program, join(folder, 'tree'), join(folder, 'etc'), ...own], { encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.stderr, '');
  const parts = run.stdout.split('\0');
  return Object.fromEntries(parts.slice(0, -1).flatMap((part, i) => (i % 2 ? [] : [[part, parts[i + 1]!]])));
}

test('removes rules of tmpfiles.d about a path that the configuration has', { skip }, (t) => {
  const kept = [
    '# L+ /etc/vconsole.conf',
    'd /run/x 0755 root root -',
    'L /etc/other.conf - - - - x',
    'd /etc/app 0750 root root',
    'z /etc/app/*.key 0600',
    'L+ /var/etc/vconsole.conf - - - - x',
    '',
  ];
  const dropped = [
    'L+ /etc/vconsole.conf - - - - default/keyboard',
    '  f+ "/etc/app/a.conf" 0644 - - - text',
    "C+! '/etc//app/a.conf' - - - - /usr/share/x",
    'z /etc/app/*.conf 0600 root root',
    'R /etc/app',
    'Z /etc/ 0700',
    'w /etc/app/[a-c].conf - - - - x',
    'L? /etc/systemd/system/x.service - - - - y',
    'r! /etc/copied',
  ];
  const files = {
    debian: {
      'usr/lib/tmpfiles.d/debian.conf': [...kept, ...dropped].join('\n'),
      'usr/lib/tmpfiles.d/other.conf': 'd /etc/app 0755\n',
      'usr/lib/tmpfiles.d/masked.conf': 'L+ /etc/vconsole.conf\n',
    },
    own: { 'vconsole.conf': 'KEYMAP=de\n', 'app/a.conf': '', 'systemd/system': '', 'tmpfiles.d/masked.conf': '' },
    copies: { copied: '' },
  };
  assert.deepEqual(changed(t, files), { 'tmpfiles.d/debian.conf': `${kept.join('\n')}\n` });
});

test('a file of Debian in /etc replaces the one of the same name in /usr', { skip }, (t) => {
  const debian = {
    'usr/lib/tmpfiles.d/x.conf': 'L+ /etc/hosts - - - - a\n',
    'etc/tmpfiles.d/x.conf': 'd /run/x\nL+ /etc/hosts - - - - b\n',
  };
  assert.deepEqual(changed(t, { debian, own: { hosts: '' } }), { 'tmpfiles.d/x.conf': 'd /run/x\n' });
  assert.deepEqual(changed(t, { debian, own: { hostname: '' } }), {});
});

test("removes kernel parameters from files that are read after the configuration's", { skip }, (t) => {
  const debian = {
    'usr/lib/sysctl.d/50-early.conf': 'fs.protected_hardlinks = 1\n',
    'usr/lib/sysctl.d/99-protect-links.conf':
      '# links\nfs.protected_fifos = 1\n-fs/protected_hardlinks = 1\nnet.ipv4.conf.eth0/1.rp_filter=2\nfs.protected_symlinks = 1\n',
  };
  const own = { 'sysctl.d/60-nixos.conf': 'fs.protected_hardlinks=0\nkernel.printk=4\nnet/ipv4/conf/eth0.1/rp_filter=0\n' };
  const rest = '# links\nfs.protected_fifos = 1\nfs.protected_symlinks = 1\n';
  assert.deepEqual(changed(t, { debian, own }), { 'sysctl.d/99-protect-links.conf': rest });
  assert.deepEqual(changed(t, { debian, own: { 'sysctl.d/99-z.conf': 'fs.protected_hardlinks=0\n' } }), {});
});

test("removes settings from drop-ins of systemd's configuration files, section by section", { skip }, (t) => {
  const debian = {
    'usr/lib/systemd/journald.conf.d/syslog.conf':
      '# note\n[Journal]\nForwardToSyslog=yes\nMaxLevelSyslog=debug\n[Other]\nForwardToSyslog=yes\n',
    'usr/lib/systemd/resolved.conf.d/00-mdns.conf': '[Resolve]\nMulticastDNS=no\n',
  };
  const own = {
    'systemd/journald.conf': '[Journal]\nStorage=persistent\nForwardToSyslog=false\n',
    'systemd/resolved.conf': '[Resolve]\nLLMNR=no\n',
  };
  const rest = '# note\n[Journal]\nMaxLevelSyslog=debug\n[Other]\nForwardToSyslog=yes\n';
  assert.deepEqual(changed(t, { debian, own }), { 'systemd/journald.conf.d/syslog.conf': rest });
});
