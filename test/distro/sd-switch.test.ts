/** What `pkgs.sd-switch` does with the units of two folders, where a program plays systemctl. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { scratchFolder } from '../support/scratch-folder.ts';

// `list-units` prints the names in $ACTIVE that match; what changes units is written down.
const systemctl = `#!/bin/bash
case " $* " in
  *" list-units "*)
    for last; do :; done
    for name in $ACTIVE; do if [[ $name == $last ]]; then echo "$name loaded active running"; fi; done ;;
  *" show "*) for last; do :; done; if [[ $last == fixed* ]]; then echo yes; else echo no; fi ;;
  *) echo "$*" >> "$LOG"; if [[ " $* " == *" broken.service "* ]]; then exit 1; fi ;;
esac
`;

type Folder = Record<string, string>;

/** Contents of files by name; '->' is a link into the folder of a target. */
function write(folder: string, files: Folder): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    if (text.startsWith('->')) symlinkSync(text.slice(2), join(folder, name));
    else writeFileSync(join(folder, name), text);
  }
  return folder;
}

function run(folder: string, active: string[], args: string[]): { status: number | null; done: string[]; output: string } {
  write(join(folder, 'bin'), { systemctl });
  const log = join(folder, 'log');
  rmSync(log, { force: true });
  writeFileSync(log, '');
  spawnSync('chmod', ['+x', join(folder, 'bin/systemctl')]);
  const { status, stdout, stderr } = spawnSync('bash', ['distro/pkgs/sd-switch.sh', ...args], {
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, ACTIVE: active.join(' '), LOG: log },
    encoding: 'utf8',
  });
  return { status, done: readFileSync(log, 'utf8').trimEnd().split('\n').filter(Boolean), output: stdout + stderr };
}

const unit = (text: string, more = ''): string => `[Unit]\n${more}\n[Service]\nExecStart=${text}\n`;
const old: Folder = {
  'same.service': unit('1'),
  'changed.service': unit('1'),
  'inactive.service': unit('1'),
  'gone.service': unit('1'),
  'reloads.service': unit('1'),
  'restarts.service': unit('1'),
  'kept.service': unit('1'),
  'kept-too.service': unit('1'),
  'fixed.service': unit('1'),
  'drop.service': unit('1'),
  'many@.service': unit('1'),
  'default.target.wants/same.service': '->../same.service',
  'default.target.wants/inactive.service': '->../inactive.service',
};
const fresh: Folder = {
  ...old,
  'changed.service': unit('2'),
  'inactive.service': unit('2'),
  'reloads.service': unit('2', 'X-SwitchMethod=reload'),
  'restarts.service': unit('2', 'X-StopIfChanged=false'),
  'kept.service': unit('2', 'X-SwitchMethod=keep-old'),
  'kept-too.service': unit('2', 'X-RestartIfChanged=false'),
  'fixed.service': unit('2'),
  'drop.service.d/more.conf': '[Service]\nNice=1\n',
  'many@.service': unit('2'),
  'new.service': unit('1'),
  'unwanted.service': unit('1'),
  'idle.service': unit('1'),
  'default.target.wants/new.service': '->../new.service',
  'sleeping.target.wants/idle.service': '->../idle.service',
};
delete fresh['gone.service'];
const active = ['same', 'changed', 'gone', 'reloads', 'restarts', 'kept', 'kept-too', 'fixed', 'drop', 'many@a', 'many@b']
  .map((name) => `${name}.service`)
  .concat('default.target');

test('units are stopped, reloaded, restarted and started by what has changed and what they ask for', (t) => {
  const folder = scratchFolder(t);
  const args = ['--old-units', write(join(folder, 'old'), old), '--new-units', write(join(folder, 'new'), fresh)];
  const changes = run(folder, active, args);
  assert.deepEqual(changes, {
    status: 0,
    done: [
      '--user stop -- changed.service drop.service many@a.service many@b.service gone.service',
      '--user daemon-reload',
      '--user reload -- reloads.service',
      '--user restart -- restarts.service',
      '--user start -- changed.service drop.service many@a.service many@b.service inactive.service new.service',
    ],
    output: changes.output,
  });
  assert.match(changes.output, /Left as it is: kept-too\.service\nLeft as it is: kept\.service/);

  const dry = run(folder, active, ['--dry-run', ...args]);
  assert.deepEqual([dry.status, dry.done], [0, []]);
  assert.match(dry.output, /Stop \(not done\): changed\.service/);

  assert.deepEqual(run(folder, active, ['--new-units', join(folder, 'old'), '--old-units', join(folder, 'old')]).done, [
    '--user daemon-reload',
  ]);
});

test('without old units, what active targets want is started; a unit that does not start is an error', (t) => {
  const folder = scratchFolder(t);
  const units = write(join(folder, 'new'), { 'broken.service': unit('1'), 'default.target.wants/broken.service': '->../broken.service' });
  const first = run(folder, ['default.target'], ['--system', '--timeout', '1500', '--new-units', units]);
  assert.deepEqual([first.status, first.done], [1, ['--system daemon-reload', '--system start -- broken.service']]);
});

test('wrong arguments are refused before anything is done', (t) => {
  const folder = scratchFolder(t);
  for (const args of [[], ['--new-units'], ['--new-units', join(folder, 'none')], ['--timeout', '1s', '--new-units', folder], ['--what']]) {
    const { status, done, output } = run(folder, [], args);
    assert.deepEqual([status, done], [2, []], args.join(' '));
    assert.match(output, /^sd-switch: /);
  }
});
