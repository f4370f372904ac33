import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseGitConfig } from '../../src/fetch/git-repository/config-file.ts';
import { isOwn, isSafe } from '../../src/fetch/git-repository/ownership.ts';
import { withRepository } from '../../src/fetch/git-repository/repository.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const environment = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };

function repository(t: TestContext): string {
  const path = scratchFolder(t);
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', path, '-c', 'user.name=x', '-c', 'user.email=x', ...args], { env: environment, stdio: 'pipe' });
  git('init', '-q', '-b', 'master');
  writeFileSync(join(path, 'a'), 'a');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  return path;
}

const status = (path: string) => withRepository(path, (opened) => opened.git(['status', '--porcelain']).toString());

test('reads configuration files like git', (t) => {
  const file = join(scratchFolder(t), 'config');
  const texts = [
    '[core]\n\tbare = false\n',
    '[core] bare\n[Core]\nBARE=no',
    '\ufeff# x\n[a "B c"]\n k = "q;#\\"x\\\\" y ; comment\n',
    '[a]\r\nk = 1\\\r\n2\r\n',
    '[a.b]\nk = \t spaced  out \t\n',
    '[a]k=v\n[a "x\\"y"]z',
    '; only\n',
    '',
    '[a]\nk = "open\nl',
    '[a]\nk = \\q',
    'k = 1',
    '[a]\n1k = 2',
    '[a]\nk =\n',
    '[a b]\nk=1',
    `[a]\n#${'x'.repeat(9000)}\nk=1`,
    '[a]\nk = "x  \ty"  \n',
    '[a]\nk x',
  ];
  for (const text of texts) {
    writeFileSync(file, text);
    const { status, stdout } = spawnSync('git', ['config', '--file', file, '--list', '-z'], { encoding: 'utf8', env: environment });
    if (status !== 0) {
      assert.throws(() => parseGitConfig(text, file), { code: 'git/bad-config' }, text);
      continue;
    }
    const listed = stdout
      .split('\0')
      .slice(0, -1)
      .map(
        (entry) =>
          (entry.includes('\n') ? [entry.slice(0, entry.indexOf('\n')), entry.slice(entry.indexOf('\n') + 1)] : [entry, 'true']) as [
            string,
            string,
          ],
      );
    assert.deepEqual([...parseGitConfig(text, file)], [...new Map(listed)], text);
  }
});

test('refuses a repository of another user, like git', () => {
  assert.equal(isOwn(1000, 1000, undefined), true);
  assert.equal(isOwn(0, 1000, undefined), false);
  assert.equal(isOwn(0, 1000, '0'), false);
  assert.equal(isOwn(1000, 0, undefined), false);
  assert.equal(isOwn(1000, 0, '1000'), true);
  assert.equal(isOwn(1001, 0, '1000'), false);
  assert.equal(isOwn(1000, 0, '1000x'), false);
  assert.equal(isSafe('/a/b', ['*']), true);
  assert.equal(isSafe('/a/b', ['*', '']), false);
  assert.equal(isSafe('/a/b', ['/a/b']), true);
  assert.equal(isSafe('/a/b', ['/a/*']), true);
  assert.equal(isSafe('/ab', ['/a/*', '/a']), false);
});

test('takes the owner from the repository’s folders, and safe.directory from the user’s own configuration', {
  skip: process.getuid?.() === 0 ? false : 'only root can give files away',
}, (t) => {
  const path = repository(t);
  const home = scratchFolder(t);
  const before = { ...process.env };
  Object.assign(process.env, { HOME: home, GIT_CONFIG_NOSYSTEM: '1' });
  delete process.env.GIT_CONFIG_GLOBAL;
  delete process.env.GIT_CONFIG_COUNT;
  delete process.env.SUDO_UID;
  delete process.env.XDG_CONFIG_HOME;
  t.after(() => {
    process.env = before;
  });
  const refused = { code: 'git/foreign-repository', message: new RegExp(`'${path}' belongs to another user`) };
  assert.equal(status(path), '');
  for (const part of ['', '.git']) {
    chownSync(join(path, part), 12345, 12345);
    assert.throws(() => status(path), refused);
    execFileSync('git', ['config', '--file', join(path, '.git/config'), 'safe.directory', '*']);
    assert.throws(() => status(path), refused);
    process.env.SUDO_UID = '12345';
    assert.equal(status(path), '');
    delete process.env.SUDO_UID;
    writeFileSync(join(home, '.gitconfig'), `[safe]\n\tdirectory = ${path}\n`);
    assert.equal(status(path), '');
    rmSync(join(home, '.gitconfig'));
    Object.assign(process.env, { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' });
    assert.equal(status(path), '');
    delete process.env.GIT_CONFIG_COUNT;
    chownSync(join(path, part), 0, 0);
  }
  // Our file `.git` that points to another user's repository.
  chownSync(join(path, '.git'), 12345, 12345);
  const around = scratchFolder(t);
  writeFileSync(join(around, '.git'), `gitdir: ${path}/.git\n`);
  assert.throws(() => status(around), { code: 'git/foreign-repository', message: /'.*\.git', has the user id|the owner of '.*\.git'/ });
});

test('honours the repository’s line endings, sparse checkout, split index and object format', (t) => {
  const path = repository(t);
  const git = (...args: string[]) => execFileSync('git', ['-C', path, ...args], { env: environment, encoding: 'utf8' });
  git('config', 'core.autocrlf', 'true');
  writeFileSync(join(path, 'a'), 'a\r\n');
  git('add', 'a');
  git('-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-q', '-m', 'two');
  writeFileSync(join(path, 'a'), 'a\n');
  assert.equal(status(path), git('status', '--porcelain'));
  git('config', 'core.autocrlf', 'false');
  assert.equal(status(path), ' M a\n'.replace(' M a\n', git('status', '--porcelain')));
  git('checkout', '-q', 'a');
  mkdirSync(join(path, 'd'));
  writeFileSync(join(path, 'd/x'), 'x');
  git('add', '.');
  git('-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-q', '-m', 'three');
  git('update-index', '--split-index');
  assert.equal(status(path), '');
  writeFileSync(join(path, 'new'), 'n');
  withRepository(path, (opened) => opened.git(['add', '--intent-to-add', '--', 'new']));
  assert.deepEqual(git('ls-files').split('\n').sort(), ['', 'a', 'd/x', 'new']);
  git('rm', '-q', '--cached', 'new');
  rmSync(join(path, 'new'));
  git('sparse-checkout', 'set', '--no-cone', '/a');
  assert.equal(status(path), '');

  const other = scratchFolder(t);
  execFileSync('git', ['init', '-q', '--object-format=sha256', other], { env: environment, stdio: 'pipe' });
  writeFileSync(join(other, 'f'), 'f');
  assert.equal(status(other), '?? f\n');
  execFileSync('git', ['-C', other, 'config', 'extensions.noSuch', 'true'], { env: environment });
  assert.throws(() => status(other), { code: 'git/unknown-extension' });
  assert.throws(() => status(join(path, 'd')), { code: 'git/not-a-repository' });
  symlinkSync('/nonexistent', join(path, 'dangling'));
  assert.throws(() => status(join(path, 'dangling')), { code: 'git/not-a-repository' });
});
