import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { chooseMirrors } from '../../src/debian/mirrors.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

function choose(t: TestContext, files: Record<string, string>, env: Record<string, string> = {}, options: Record<string, string> = {}) {
  const aptDirectory = scratchFolder(t);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(aptDirectory, name)), { recursive: true });
    writeFileSync(join(aptDirectory, name), text);
  }
  const { debian, security, origin } = chooseMirrors({ aptDirectory, env, ...options });
  return { debian, security, origin };
}

const defaults = { debian: 'http://ftp.debian.org/debian', security: 'http://security.debian.org/debian-security' };

test("uses Debian's primary mirrors without apt", (t) => {
  assert.deepEqual(choose(t, {}), { ...defaults, origin: { debian: 'default', security: 'default' } });
});

test('reads the one-line format', (t) => {
  const { debian, security } = choose(t, {
    'sources.list': `# deb http://old.example/debian bookworm main
deb-src http://source.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] https://mirror.example/debian/ bookworm main contrib # near
deb http://sec.example/debian-security bookworm-security main
`,
  });
  assert.deepEqual([debian, security], ['https://mirror.example/debian', 'http://sec.example/debian-security']);
});

test('reads the deb822 format, with comments, several suites and disabled stanzas', (t) => {
  const { debian, security } = choose(t, {
    'sources.list.d/debian.sources': `Types: deb
# a comment
URIs: http://off.example/debian
Suites: trixie
Components: main
Enabled: no

Types: deb deb-src
URIs: http://mirror.example/debian
# another
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security/
Suites: trixie-security
Components: main
`,
  });
  assert.deepEqual([debian, security], ['http://mirror.example/debian', 'http://mirror.example/debian-security']);
});

test("detects a company's proxy of the archive by Debian's keyring", (t) => {
  const { debian } = choose(t, {
    'sources.list':
      'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] https://nexus.example/repository/apt-proxy trixie main\n',
  });
  assert.equal(debian, 'https://nexus.example/repository/apt-proxy');
});

test("does not take other archives for Debian's, whatever their names", (t) => {
  const { debian, security } = choose(t, {
    'sources.list.d/a.list': 'deb [signed-by=/etc/apt/keyrings/docker.asc] https://download.example/linux/debian trixie stable\n',
    'sources.list.d/b.list': 'deb [signed-by=/etc/apt/keyrings/x.gpg] https://packages.example/debian trixie main\n',
    'sources.list.d/c.list':
      'deb https://php.example/php/ trixie main\ndeb https://apt.example/pub/repos/apt trixie-pgdg main\n' +
      'deb http://archive.example/ubuntu noble main\ndeb cdrom:[Debian]/ trixie main\n',
  });
  assert.deepEqual({ debian, security }, defaults);
});

test("tries the host's other mirrors after the first, unless the user named one", (t) => {
  const aptDirectory = scratchFolder(t);
  writeFileSync(
    join(aptDirectory, 'sources.list'),
    'deb http://one.example/debian trixie main\ndeb http://two.example/debian/ trixie-updates main\n',
  );
  assert.deepEqual(chooseMirrors({ aptDirectory, env: {} }).others, {
    debian: ['http://two.example/debian', defaults.debian],
    security: [],
  });
  assert.deepEqual(chooseMirrors({ aptDirectory, env: { BOOTFLAKE_MIRROR: 'http://mine.example/debian' } }).others, {
    debian: [],
    security: [],
  });
});

test('prefers the environment to apt, and options to the environment', (t) => {
  const files = { 'sources.list': 'deb http://apt.example/debian trixie main\n' };
  const env = { BOOTFLAKE_MIRROR: 'http://env.example/debian/' };
  assert.deepEqual(choose(t, files, env), {
    debian: 'http://env.example/debian',
    security: defaults.security,
    origin: { debian: 'BOOTFLAKE_MIRROR', security: 'default' },
  });
  assert.equal(choose(t, files, env, { mirror: 'http://option.example/debian' }).debian, 'http://option.example/debian');
  assert.throws(() => choose(t, files, {}, { mirror: 'option.example' }), {
    code: 'debian/bad-mirror',
    message: /--mirror names 'option.example'/,
  });
});
