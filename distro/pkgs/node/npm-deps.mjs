// The cache of npm that fetchNpmDeps makes from a lock file: the same files as nixpkgs' prefetch-npm-deps (version 1) makes, so that a
// hash is the same in both. Runs in the sandbox, with Debian's node, curl and tar.
//
//     node npm-deps.mjs fetch LOCKFILE OUT
//     node npm-deps.mjs fix-lockfile LOCKFILE DEPS
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** In ascending order of preference. */
const algorithms = ['sha1', 'sha512'];

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

/** The strongest of the hashes of an `integrity`, or undefined. */
function strongest(integrity, name) {
  const hashes = (integrity ?? '').split(/[ \t\n\r]+/).filter(Boolean);
  for (const hash of hashes)
    if (!algorithms.includes(hash.split('-')[0])) fail(`the lock file has a hash of an unknown kind for ${name}: '${hash}'`);
  return hashes.sort((a, b) => algorithms.indexOf(b.split('-')[0]) - algorithms.indexOf(a.split('-')[0]))[0];
}

/** The packages that a lock file names: `{ name, url, integrity }`, each URL once. */
function lockedPackages(lock) {
  const found = [];
  const version = lock.lockfileVersion;
  if (version === 1) collectOld(lock.dependencies ?? {}, found);
  else if (version === 2 || version === 3) {
    for (const [name, { resolved, integrity }] of Object.entries(lock.packages ?? {}))
      if (name !== '' && typeof resolved === 'string' && URL.canParse(resolved)) found.push({ name, url: new URL(resolved), integrity });
  } else fail(`lock files of version ${version} are not supported, only those of version 1, 2 and 3`);
  const byUrl = new Map();
  for (const each of found) {
    const other = byUrl.get(each.url.href);
    const rank = ({ name, integrity }) => algorithms.indexOf((strongest(integrity, name) ?? '').split('-')[0]);
    if (other === undefined || rank(each) > rank(other)) byUrl.set(each.url.href, each);
  }
  return [...byUrl.values()];
}

function collectOld(dependencies, found) {
  const hosts = { github: 'github.com', bitbucket: 'bitbucket.org', gitlab: 'gitlab.com' };
  for (const [name, entry] of Object.entries(dependencies)) {
    if (entry.bundled) continue;
    let address = URL.canParse(entry.version) ? entry.version : entry.resolved;
    if (URL.canParse(entry.version)) {
      const { protocol, pathname, hash } = new URL(entry.version);
      const host = hosts[protocol.slice(0, -1)];
      if (protocol === 'npm:') address = entry.resolved;
      else if (host) address = `git+ssh://git@${host}/${pathname}${pathname.endsWith('.git') ? '' : '.git'}${hash}`;
    }
    if (typeof address === 'string' && URL.canParse(address)) found.push({ name, url: new URL(address), integrity: entry.integrity });
    else if (typeof address === 'string') fail(`the lock file names no URL for ${name}: '${address}'`);
    collectOld(entry.dependencies ?? {}, found);
  }
}

/** The archive that a forge makes of a commit, for a URL of git; undefined for other URLs. */
function forgeArchive(url) {
  if (!['git:', 'git+ssh:', 'git+https:', 'ssh:'].includes(url.protocol)) return undefined;
  const [user, repository = '', kind, rest] = url.pathname.split('/').slice(1);
  const project = repository.replace(/\.git$/, '');
  const commit = url.hash.slice(1);
  const archive = {
    'github.com': () =>
      kind === undefined || kind === 'tree'
        ? `https://codeload.github.com/${user}/${project}/tar.gz/${kind === undefined ? commit : rest}`
        : undefined,
    'bitbucket.org': () => (kind === 'get' ? undefined : `https://bitbucket.org/${user}/${project}/get/${commit}.tar.gz`),
    'git.sr.ht': () => (kind === 'archive' ? undefined : `https://git.sr.ht/${user}/${project}/archive/${commit}.tar.gz`),
  }[url.hostname]?.();
  if (archive === undefined || project === '')
    fail(`the lock file has a dependency of git at a host that is not supported, or a malformed URL: '${url.href}'`);
  return new URL(archive);
}

/** Downloads URLs into files of a fresh folder, and returns their names in the same order. */
function download(urls) {
  const folder = mkdtempSync(join(tmpdir(), 'npm-'));
  if (urls.length === 0) return [];
  const other = urls.find(({ protocol }) => protocol !== 'https:' && protocol !== 'http:');
  if (other) fail(`'${other.href}' is not an address of the network`);
  const tokens = JSON.parse(process.env.NIX_NPM_TOKENS || '{}');
  const quoted = (text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const requests = urls.map((url, index) =>
    [
      `url = ${quoted(url.href)}`,
      `output = ${quoted(join(folder, String(index)))}`,
      ...(typeof tokens[url.hostname] === 'string' ? [`header = ${quoted(`Authorization: Bearer ${tokens[url.hostname]}`)}`] : []),
      'fail',
      'globoff',
      'location',
      'max-redirs = 10',
      'proto = "=http,https"',
      'retry = 4',
      'connect-timeout = 30',
      'speed-limit = 1',
      'speed-time = 120',
      'silent',
      String.raw`write-out = "%{exitcode} %{http_code} %{urlnum} %{errormsg}\n"`,
    ].join('\n'),
  );
  const { error, stdout } = spawnSync('curl', ['--silent', '--no-progress-meter', '--parallel', '--parallel-max', '16', '--config', '-'], {
    input: requests.join('\nnext\n'),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
  if (error) fail(`curl could not be started: ${error.message}`);
  const faults = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('0 '));
  const files = urls.map((_, index) => join(folder, String(index)));
  const missing = urls.filter((_, index) => !existsSync(files[index]));
  if (faults.length + missing.length > 0) {
    for (const { href } of missing.slice(0, 20)) console.error(`could not be downloaded: ${href}`);
    const why = faults[0]?.split(' ').slice(3).join(' ') ?? 'curl failed';
    fail(`${missing.length} of ${urls.length} packages could not be downloaded: ${why}`);
  }
  return files;
}

function runs(program, args, options) {
  const { status, stdout } = spawnSync(program, args, { maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'inherit'], ...options });
  if (status !== 0) fail(`${program} failed with exit code ${status}`);
  return stdout;
}

/** A package of a forge, packed again so that its bytes depend on its files alone; and the packages of its own lock file. */
function repacked(archive, { name, url }, forced) {
  const folder = mkdtempSync(join(tmpdir(), 'npm-git-'));
  const place = join(folder, 'package');
  mkdirSync(place);
  runs('tar', ['--extract', '--gzip', '--no-same-owner', '--strip-components=1', '-C', place, '-f', archive]);
  const lockFile = join(place, 'package-lock.json');
  const scripts = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')).scripts ?? {};
  const script = ['postinstall', 'build', 'preinstall', 'install', 'prepack', 'prepare'].find((kind) => kind in scripts);
  if (script && !existsSync(lockFile) && !forced)
    fail(`${name} (${url.href}) has the script '${script}', but no lock file. To use it all the same, set forceGitDeps = true`);
  const options = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu', '-I', 'gzip -n -9'];
  return {
    data: runs('tar', [...options, '--create', '-C', folder, 'package']),
    inner: existsSync(lockFile) ? lockedPackages(JSON.parse(readFileSync(lockFile, 'utf8'))) : [],
  };
}

function fetch(lockFile, out) {
  const text = readFileSync(lockFile, 'utf8');
  const flag = (name) => ['1', 'true'].includes(process.env[name]);
  const cache = join(out, '_cacache');
  const done = new Set();
  let packages = lockedPackages(JSON.parse(text));
  if (packages.length === 0 && !flag('forceEmptyCache'))
    fail(`${lockFile} names no package with a URL to download. If that is right, set forceEmptyCache = true`);
  for (const folder of ['content-v2', 'index-v5']) mkdirSync(join(cache, folder), { recursive: true });
  while (packages.length > 0) {
    const wanted = packages.map((each) => ({ ...each, archive: forgeArchive(each.url) }));
    const files = download(wanted.map(({ url, archive }) => archive ?? url));
    packages = [];
    for (const [index, { name, url, archive, integrity }] of wanted.entries()) {
      done.add(url.href);
      if (archive !== undefined) {
        const { data, inner } = repacked(files[index], { name, url }, flag('forceGitDeps'));
        put(cache, archive.href, data, `sha512-${createHash('sha512').update(data).digest('base64')}`);
        packages.push(...inner.filter((each) => !done.has(each.url.href)));
        continue;
      }
      const expected = strongest(integrity, name) ?? fail(`the lock file has no hash for ${name} (${url.href})`);
      const data = readFileSync(files[index]);
      const [algorithm, hash] = expected.split('-');
      const got = createHash(algorithm).update(data).digest('base64');
      if (got !== hash) fail(`${url.href} is not what the lock file says:\n  specified: ${expected}\n  got:       ${algorithm}-${got}`);
      put(cache, url.href, data, expected);
    }
  }
  writeFileSync(join(out, 'package-lock.json'), text);
}

const segments = (hex) => [hex.slice(0, 2), hex.slice(2, 4), hex.slice(4)];

/** An entry as npm's cacache keeps it. */
function put(cache, url, data, integrity) {
  const [algorithm, hash] = [integrity.slice(0, integrity.indexOf('-')), integrity.slice(integrity.indexOf('-') + 1)];
  const content = join(cache, 'content-v2', algorithm, ...segments(Buffer.from(hash, 'base64').toString('hex')));
  const key = `make-fetch-happen:request-cache:${url}`;
  const index = join(cache, 'index-v5', ...segments(createHash('sha256').update(key).digest('hex')));
  const entry = JSON.stringify({ key, integrity, time: 0, size: data.length, metadata: { url, options: { compress: true } } });
  for (const file of [content, index]) mkdirSync(dirname(file), { recursive: true });
  writeFileSync(content, data);
  writeFileSync(index, `${createHash('sha1').update(entry).digest('hex')}\t${entry}`);
}

/** The hash that a cache has of each URL. */
function cachedHashes(deps) {
  const hashes = new Map();
  const folder = join(deps, '_cacache/index-v5');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const { metadata, integrity } = JSON.parse(readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8').split('\t')[1]);
    hashes.set(metadata.url, integrity);
  }
  return hashes;
}

/** Gives a lock file the hashes that the cache has: of a URL that occurs several times it has one; a package of git was packed again. */
function fixLockFile(lockFile, deps) {
  const lock = JSON.parse(readFileSync(lockFile, 'utf8'));
  const hashes = cachedHashes(deps);
  let changed = false;
  const fix = (entry) => {
    if (typeof entry.resolved !== 'string' || typeof entry.integrity !== 'string') return;
    const cached = URL.canParse(entry.resolved) ? hashes.get(new URL(entry.resolved).href) : undefined;
    const wanted = entry.resolved.startsWith('git+ssh://') ? undefined : (cached ?? entry.integrity);
    if (wanted === entry.integrity) return;
    changed = true;
    if (wanted === undefined) delete entry.integrity;
    else entry.integrity = wanted;
  };
  const fixOld = (dependencies) => {
    for (const entry of Object.values(dependencies ?? {})) {
      fix(entry);
      fixOld(entry.dependencies);
    }
  };
  if (lock.lockfileVersion === 1) fixOld(lock.dependencies);
  else for (const entry of Object.values(lock.packages ?? {})) fix(entry);
  if (!changed) return;
  if (lock.lockfileVersion !== 1) delete lock.dependencies;
  writeFileSync(lockFile, JSON.stringify(lock));
}

const commands = { fetch, 'fix-lockfile': fixLockFile };
const [command, ...words] = process.argv.slice(2);
commands[command](...words);
