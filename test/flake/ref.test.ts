import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAttrPath, printAttrPath } from '../../src/flake/attr-path.ts';
import { candidateAttrPaths, parseInstallable } from '../../src/flake/installable.ts';
import { flakeRefFromAttrs, flakeRefToAttrs, parseFlakeRef, parseFlakeRefWithFragment, printFlakeRef } from '../../src/flake/ref.ts';
import { newWorkspace } from './workspace.ts';

const rev = 'e76d4f7d8b1f5a1b1b1e1c1d1e1f101112131415';

/** Text, its attributes, and the printed form where it differs. Attributes as in Nix's manual, `nix flake --help`. */
const forms: [text: string, attrs: Record<string, unknown>, printed?: string][] = [
  ['nixpkgs', { type: 'indirect', id: 'nixpkgs' }, 'flake:nixpkgs'],
  ['debian/trixie', { type: 'indirect', id: 'debian', ref: 'trixie' }, 'flake:debian/trixie'],
  ['flake:nixpkgs/nixos-20.09', { type: 'indirect', id: 'nixpkgs', ref: 'nixos-20.09' }],
  [`nixpkgs/${rev}`, { type: 'indirect', id: 'nixpkgs', rev }, `flake:nixpkgs/${rev}`],
  [`nixpkgs/nixos-20.09/${rev}`, { type: 'indirect', id: 'nixpkgs', ref: 'nixos-20.09', rev }, `flake:nixpkgs/nixos-20.09/${rev}`],
  ['github:edolstra/dwarffs', { type: 'github', owner: 'edolstra', repo: 'dwarffs' }],
  ['github:edolstra/dwarffs/unstable', { type: 'github', owner: 'edolstra', repo: 'dwarffs', ref: 'unstable' }],
  [`github:edolstra/dwarffs/${rev}`, { type: 'github', owner: 'edolstra', repo: 'dwarffs', rev }],
  [
    'github:NixOS/nixpkgs/release/23.05?dir=lib',
    { type: 'github', owner: 'NixOS', repo: 'nixpkgs', ref: 'release/23.05', dir: 'lib' },
    'github:NixOS/nixpkgs/release%2F23.05?dir=lib',
  ],
  ['gitlab:veloren/veloren?host=git.example.org', { type: 'gitlab', owner: 'veloren', repo: 'veloren', host: 'git.example.org' }],
  ['sourcehut:~misterio/nix-colors', { type: 'sourcehut', owner: '~misterio', repo: 'nix-colors' }],
  ['git+https://example.org/my/repo?ref=master', { type: 'git', url: 'https://example.org/my/repo', ref: 'master' }],
  ['git+ssh://git@example.org/my/repo?dir=flake', { type: 'git', url: 'ssh://git@example.org/my/repo', dir: 'flake' }],
  [
    `git://example.org/repo?rev=${rev}&ref=main`,
    { type: 'git', url: 'git://example.org/repo', rev, ref: 'main' },
    `git://example.org/repo?ref=main&rev=${rev}`,
  ],
  ['git+file:///home/my/repo?submodules=1', { type: 'git', url: 'file:///home/my/repo', submodules: true }],
  ['https://example.org/a/nixpkgs.tar.gz', { type: 'tarball', url: 'https://example.org/a/nixpkgs.tar.gz' }],
  ['tarball+https://example.org/x?a=b', { type: 'tarball', url: 'https://example.org/x?a=b' }, 'https://example.org/x?a=b'],
  ['file+https://example.org/x', { type: 'file', url: 'https://example.org/x' }, 'https://example.org/x'],
  ['path:/a/b', { type: 'path', path: '/a/b' }],
  ['path:./a', { type: 'path', path: './a' }],
  ['path:/a%20b?lastModified=5&rev=abc', { type: 'path', path: '/a b', lastModified: 5, rev: 'abc' }],
  ['debian:trixie', { type: 'debian', suite: 'trixie' }],
];

for (const [text, attrs, printed] of forms) {
  test(`parses the reference ${text}`, () => {
    const ref = parseFlakeRef(text, { keepRelative: true });
    assert.deepEqual(flakeRefToAttrs(ref), attrs);
    assert.equal(printFlakeRef(ref), printed ?? text);
    assert.deepEqual(flakeRefToAttrs(flakeRefFromAttrs(attrs as never)), attrs);
    // file+https prints as plain https, which reads back as an archive, as in Nix.
    if (attrs.type !== 'file') assert.deepEqual(flakeRefToAttrs(parseFlakeRef(printFlakeRef(ref), { keepRelative: true })), attrs);
  });
}

for (const [text, message] of [
  ['github:foo', /URL 'github:foo' is invalid/],
  [`github:a/b/main?rev=${rev}`, /contains both a commit hash/],
  ['github:a/b?frob=1', /unknown parameter 'frob'/],
  ['github:a/b?host=bad_host', /invalid instance host/],
  ['git+https://x.org/a?ref=a..b', /invalid Git branch\/tag name/],
  ['path://host/a', /should not have an authority|unexpected authority/],
  ['path:/a?frob=1', /unsupported parameter 'frob'/],
  ['file+git:///x', /did you mean 'git\+file'/],
  ['git+file://x/y', /unexpected authority/],
  ['debian:trixie/main', /is invalid/],
  ['debian:trixie?x=1', /unknown parameter 'x'/],
  ['./relative', /is not an absolute path/],
  ['nixpkgs#hello', /unexpected fragment 'hello'/],
] as const) {
  test(`refuses the reference ${text}`, () => {
    assert.throws(() => parseFlakeRef(text), message);
  });
}

test('refuses attributes that a type does not have', () => {
  assert.throws(
    () => flakeRefFromAttrs({ type: 'github', owner: 'a', repo: 'b', frob: '1' }),
    /input attribute 'frob' not supported by scheme 'github'/,
  );
  assert.throws(() => flakeRefFromAttrs({ type: 'github', owner: 'a' }), /input attribute 'repo' is missing/);
  assert.throws(() => flakeRefFromAttrs({ type: 'frob' }), /input type 'frob' is not supported/);
});

test('checks the form of attributes from files and servers', () => {
  const hub = { type: 'github', owner: 'a', repo: 'b' };
  const git = { type: 'git', url: 'https://example.org/x' };
  const indirect = { type: 'indirect', id: 'x' };
  const cases: [attrs: Record<string, unknown>, message: RegExp][] = [
    [{ ...git, rev: 5 }, /input attribute 'rev' is not a string \{"rev":5,"type":"git","url":"https:\/\/example\.org\/x"\}/],
    [{ ...git, url: 7 }, /input attribute 'url' is not a string/],
    [{ ...git, shallow: 1 }, /input attribute 'shallow' is not a Boolean/],
    [{ ...git, revCount: '1' }, /input attribute 'revCount' is not an integer/],
    [{ ...git, revCount: -1 }, /input attribute 'revCount' is not an integer/],
    [{ ...git, lastModified: 1e18 }, /input attribute 'lastModified' is not an integer|is no time/],
    [{ ...git, lastModified: 9e12 }, /'lastModified' is no time/],
    [{ ...git, dir: 1 }, /input attribute 'dir' is not a string/],
    [{ ...git, constructor: 'x' }, /input attribute 'constructor' not supported by scheme 'git'/],
    [{ ...git, ref: 'a\nb' }, /has a control character in it: "a\\nb"/],
    [{ ...git, ref: '../../x' }, /invalid Git branch\/tag name '\.\.\/\.\.\/x'/],
    [{ ...git, ref: '-x' }, /invalid Git branch\/tag name/],
    [{ ...git, ref: 'a:b' }, /invalid Git branch\/tag name/],
    [{ ...git, rev: 'zz' }, /hash 'zz' has wrong length/],
    [{ ...git, url: 'ext::sh -c id' }, /has no host, or one that cannot be|is not a valid URL/],
    [{ ...git, url: 'ext://x/y' }, /unsupported transport 'ext'/],
    [{ ...git, url: 'foo://x/y' }, /unsupported transport 'foo'/],
    [{ ...git, url: 'ssh://-oProxyCommand=id/x' }, /has no host, or one that cannot be/],
    [{ ...git, url: 'ssh://%2doProxyCommand=id/x' }, /has no host, or one that cannot be/],
    [{ ...git, url: 'ssh://me@-o/x' }, /has no host, or one that cannot be/],
    [{ ...git, url: 'https:///x' }, /has no host, or one that cannot be/],
    [{ ...hub, owner: '..' }, /contains an invalid owner: '\.\.'/],
    [{ ...hub, owner: 'a/../b' }, /contains an invalid owner/],
    [{ ...hub, owner: 'a%2f..' }, /contains an invalid owner/],
    [{ ...hub, owner: 'a b' }, /contains an invalid owner/],
    [{ ...hub, repo: 'b?x=' }, /contains an invalid repository name: 'b\?x='/],
    [{ ...hub, repo: 'b#c' }, /contains an invalid repository name/],
    [{ ...hub, repo: '..' }, /contains an invalid repository name/],
    [{ ...hub, host: '' }, /contains an invalid instance host/],
    [{ ...hub, host: '-x' }, /contains an invalid instance host/],
    [{ ...hub, host: 'evil.example@github.com' }, /contains an invalid instance host/],
    [{ ...indirect, ref: '../x' }, /contains an invalid branch\/tag name/],
    [{ ...indirect, rev: 'x' }, /hash 'x' has wrong length/],
    [{ type: 'debian', suite: 'trixie', release: '../../x' }, /input attribute 'release' is no SHA-256/],
    [{ type: 'debian', suite: 'trixie', releaseDate: 'x' }, /input attribute 'releaseDate' is not an integer/],
    [{ type: 'path', path: '/a\0b' }, /has a control character/],
    [{ type: 'tarball', url: 'https://x/y', rev: 'no' }, /hash 'no' has wrong length/],
  ];
  for (const [attrs, message] of cases) assert.throws(() => flakeRefFromAttrs(attrs as never), message, JSON.stringify(attrs));
  for (const url of [
    'ssh://git@h/x',
    'ssh://git@[::1]:22/x',
    'https://u:p@h:8443/x',
    'git@h:x',
    'git://h/x',
    'ftp://h/x',
    '/absolute',
    'file:///x',
  ]) {
    assert.doesNotThrow(() => flakeRefFromAttrs({ ...git, url }), url);
  }
});

test('a path inside a git repository becomes git+file with the subfolder', (t) => {
  const space = newWorkspace(t);
  space.write({
    'repo/flake.nix': '{ outputs = _: { }; }',
    'repo/sub/flake.nix': '{ outputs = _: { }; }',
    'repo/other/x': '',
    'plain/flake.nix': '{ outputs = _: { }; }',
  });
  space.git('repo', 'init', '-q');
  const at = (text: string, baseDir: string) =>
    printFlakeRef(parseFlakeRefWithFragment(text, { baseDir: space.path(baseDir) }).ref).replaceAll(space.folder, '');
  assert.equal(at('.', 'repo'), 'git+file://' + '/repo');
  assert.equal(at('./sub', 'repo'), 'git+file:///repo?dir=sub');
  assert.equal(at('..', 'repo/sub'), 'git+file:///repo');
  assert.equal(at('.', 'repo/other'), 'git+file:///repo', 'a folder without flake.nix: the one above it');
  assert.equal(at('.#a.b', 'plain'), 'path:/plain');
  assert.equal(at(space.path('repo/sub/flake.nix'), ''), 'git+file:///repo?dir=sub');
  assert.throws(() => at('./none', 'repo'), /path '.*\/repo\/none' does not exist/);
  assert.throws(() => at('.', ''), /is not part of a flake/);
});

test('parses installables: fragment, outputs, search paths', () => {
  const { fragment, outputs, ref } = parseInstallable('path:/x#a."b.c".d^out,dev', '/');
  assert.equal(fragment, 'a."b.c".d');
  assert.deepEqual(outputs, ['dev', 'out']);
  assert.deepEqual(ref.input, { type: 'path', path: '/x' });
  assert.deepEqual(parseAttrPath(fragment), ['a', 'b.c', 'd']);
  assert.equal(printAttrPath(['a', 'b.c', 'd']), 'a."b.c".d');
  assert.equal(parseInstallable('path:/x#a^*', '/').outputs, 'all');
  assert.throws(() => parseInstallable('path:/x#a^', '/'), /invalid extended outputs specifier/);
  assert.throws(() => parseAttrPath('a."b'), /missing closing quote/);
  assert.deepEqual(
    candidateAttrPaths('vm', 'x86_64-linux', { images: true }).map((path) => path.join('.')),
    [
      'packages.x86_64-linux.vm',
      'legacyPackages.x86_64-linux.vm',
      'vm',
      'nixosConfigurations.vm.config.system.build.qcow2',
      'nixosConfigurations.vm.config.system.build.image',
      'nixosConfigurations.vm.config.system.build.raw',
    ],
  );
  assert.deepEqual(
    candidateAttrPaths('', 'x86_64-linux', { images: true }).map((path) => path.join('.')),
    ['packages.x86_64-linux.default', 'defaultPackage.x86_64-linux'],
  );
  assert.deepEqual(candidateAttrPaths('.a.b', 's', { images: true }), [['a', 'b']]);
});
