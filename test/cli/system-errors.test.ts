/**
 * Whichever system call fails, in whichever folder, a command ends with an error that names the failure, its place and a remedy; if only
 * a cache fails, the command works without it. Nothing is left half-written. failing-call.cjs makes the calls fail, in all threads of
 * the program.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { concerns } from '../../src/base/system-errors.ts';
import { workplace } from '../support/bootflake.ts';
import { thorough } from '../support/thorough.ts';

const place = workplace('system-errors');
after(() => place.remove());
const flake = join(place.folder, 'flake');
const results = join(place.folder, 'results');
const mark = join(place.folder, 'mark');
const cache = join(place.environment.HOME!, '.cache', 'bootflake');
const store = join(place.environment.HOME!, '.local', 'share', 'bootflake');
mkdirSync(flake);
mkdirSync(results);

/** Each flake is different, so that no run can use results of an earlier one. */
let number = 0;
function writeFlake(): void {
  number += 1;
  writeFileSync(
    join(flake, 'flake.nix'),
    `{
    outputs = { self }: {
      number = ${number};
      packages.x86_64-linux.default = derivation {
        name = "tree-${number}"; system = "builtin"; builder = "builtin:tree"; __structuredAttrs = true;
        entries = [ { path = "number"; text = "${number}"; } { path = "folder/link"; target = "../number"; } ];
      };
    };
  }`,
  );
}

const calls = [
  'openSync',
  'writeSync',
  'writevSync',
  'writeFileSync',
  'mkdirSync',
  'renameSync',
  'symlinkSync',
  'chmodSync',
  'lutimesSync',
  'utimesSync',
  'rmSync',
  'readFileSync',
  'readdirSync',
  'readSync',
  'fstatSync',
  'linkSync',
  'unlinkSync',
  'rmdirSync',
  'realpathSync',
  'readlinkSync',
  'fsyncSync',
  'ftruncateSync',
  'copyFileSync',
] as const;
const codes = ['ENOSPC', 'EACCES', 'EROFS', 'EIO', 'EDQUOT', 'ENAMETOOLONG', 'EMFILE', 'ENOMEM', 'ELOOP', 'EPERM'] as const;

interface Place {
  name: string;
  folder: string /** A failure here must not fail the command. */;
  optional?: boolean /** The calls that are made there. */;
  calls?: readonly string[];
}
const places: Place[] = [
  { name: 'the store', folder: store },
  { name: 'the cache', folder: cache, optional: true },
  { name: "the results' folder", folder: results, calls: ['openSync', 'symlinkSync', 'renameSync', 'realpathSync', 'readlinkSync'] },
  { name: "the flake's folder", folder: flake, calls: ['openSync', 'readFileSync', 'readdirSync', 'readSync', 'realpathSync'] },
];

/** Every call with one error and every error with one call; all combinations in the thorough run. */
const pairs = thorough
  ? calls.flatMap((call) => codes.map((code) => [call, code] as const))
  : [...calls.map((call, i) => [call, codes[i % codes.length]!] as const), ...codes.map((code) => ['openSync', code] as const)];

const commands: { name: string; args: string[]; cwd: string }[] = [
  { name: 'build', args: ['build', `path:${flake}`, '--out-link', 'result'], cwd: results },
  { name: 'eval', args: ['eval', `path:${flake}#number`], cwd: results },
  { name: 'gc', args: ['store', 'gc'], cwd: results },
];

for (const { name, folder, optional, calls: only } of places) {
  test(`reports a failing call in ${name}`, async (t) => {
    writeFlake();
    const ready = await place.bootflake(['build', `path:${flake}`, '--no-link']);
    assert.equal(ready.status, 0, ready.stderr);
    let failed = 0;
    for (const [call, code] of pairs) {
      if (!thorough && only && !only.includes(call)) continue;
      for (const command of thorough
        ? commands
        : [commands[pairs.indexOf(pairs.find((pair) => pair[0] === call && pair[1] === code)!) % 2]!]) {
        writeFlake();
        rmSync(mark, { force: true });
        const { status, stdout, stderr } = await place.bootflake(command.args, {
          cwd: command.cwd,
          timeoutSeconds: 60,
          environment: {
            NODE_OPTIONS: `--require ${resolve('test/cli/failing-call.cjs')}`,
            FAIL_CALL: call,
            FAIL_CODE: code,
            FAIL_BELOW: folder,
            FAIL_MARK: mark,
          },
        });
        if (!existsSync(mark)) continue;
        failed += 1;
        const what = `${command.name}: ${code} of ${readFileSync(mark, 'utf8').split('\n')[0]}\n${stderr}`;
        assert.doesNotMatch(stderr, /fault of bootflake itself|\n +at .*:\d+:\d+\)?\n/, what);
        assert.ok(stderr.split('\n').length <= 24, what);
        if (status === 0) {
          if (command.name === 'eval') assert.equal(stdout, `${number}\n`);
          continue;
        }
        assert.ok(status === 1, `status ${status} of ${what}`);
        assert.ok(!optional, `without its cache it works all the same: ${what}`);
        assert.match(stderr, /\[[a-z-]+\/[a-z-]+\]/, what);
      }
    }
    t.diagnostic(`${failed} failures`);
    assert.ok(failed >= (only ? 1 : 3), `only ${failed} calls failed`);
    rmSync(mark, { force: true });
    const verified = await place.bootflake(['store', 'verify', '--check-contents']);
    assert.equal(verified.status, 0, verified.stdout + verified.stderr);
    const again = await place.bootflake(['build', `path:${flake}`, '--no-link', '--print-out-paths']);
    assert.equal(again.status, 0, again.stderr);
  });
}

test('names the result link that cannot be created', async () => {
  writeFlake();
  for (const link of ['/proc/bootflake-result', '/sys/bootflake-result']) {
    const { status, stderr } = await place.bootflake(['build', `path:${flake}`, '--out-link', link]);
    assert.equal(status, 1, stderr);
    assert.match(stderr, new RegExp(`the symlink .${link}. cannot be made: `));
    assert.match(stderr, /Choose another place with -o, or use --no-link to make no link/);
    assert.doesNotMatch(stderr, /BOOTFLAKE_ROOT|the store in/);
  }
});

test('attributes the failure of a link or a rename to its second path', () => {
  const at = { folder: '/store', name: 'the store', domain: 'store', move: '' };
  for (const syscall of ['symlink', 'link', 'rename']) {
    assert.equal(concerns(at, { code: 'EACCES', syscall, path: '/store/x', dest: '/home/result' }), false, syscall);
    assert.equal(concerns(at, { code: 'EACCES', syscall, path: '/home/x', dest: '/store/x' }), true, syscall);
  }
  assert.equal(concerns(at, { code: 'EACCES', syscall: 'copyfile', path: '/store/x', dest: '/home/x' }), true);
  assert.equal(concerns(at, { code: 'EACCES', syscall: 'unlink', path: '/store/x' }), true);
});

test('names a deleted working folder and a missing TMPDIR', async () => {
  const gone = join(place.folder, 'gone');
  const { stderr } = spawnSync(
    'sh',
    ['-c', `mkdir '${gone}' && cd '${gone}' && rmdir '${gone}' && '${process.execPath}' '${resolve('dist/bootflake.js')}' eval --expr 1`],
    { encoding: 'utf8' },
  );
  assert.match(stderr, /the folder that bootflake was started in cannot be found: no such file or directory/);
  assert.match(stderr, /Change to an existing folder/);
  const repository = join(place.folder, 'repository');
  mkdirSync(repository);
  writeFileSync(join(repository, 'flake.nix'), '{ outputs = { self }: { number = 1; }; }');
  for (const words of [
    ['init', '-q'],
    ['add', '.'],
  ])
    spawnSync('git', words, { cwd: repository });
  const temporary = await place.bootflake(['eval', `git+file://${repository}#number`], {
    environment: { TMPDIR: join(place.folder, 'none') },
  });
  assert.equal(temporary.status, 1, temporary.stderr);
  assert.match(temporary.stderr, /the folder for temporary files in '[^']*none' cannot be written: no such file or directory/);
  assert.match(temporary.stderr, /Set TMPDIR/);
});
