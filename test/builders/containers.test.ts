/** Roots of containers: builtin:tarball against GNU tar, builtin:oci-image against its own description and skopeo. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { realise } from '../../src/realise/realise.ts';
import type { LocalStore } from '../../src/store/local-store.ts';
import { file, symlink, type FileNode } from '../../src/tree/file-tree.ts';
import { testStore, writeDerivation } from '../store/support.ts';
import { fails } from '../support/fails.ts';
import { judge } from '../support/judge.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { treeOf } from '../support/tree.ts';

async function build(store: LocalStore, builder: string, attrs: Record<string, unknown>, sources: string[]): Promise<string> {
  const { drvPath, out } = writeDerivation(store, 'made', `builtin:${builder}`, attrs, { sources });
  await realise(store, [drvPath]);
  return store.realPath(out);
}

const long = `${'a-long-name-'.repeat(12)}ä`;

interface System {
  store: LocalStore;
  merged: string;
  toplevel: string;
  attrs: Record<string, unknown>;
}

function system(t: TestContext): System {
  const store = testStore(t);
  const shared: FileNode = file('shared');
  const merged = store.addToStore(
    'merged',
    treeOf({ 'usr/bin/one': file('one', 0o755), 'usr/bin/other': shared, 'usr/bin/same': shared, [`usr/share/${long}`]: file('long') }),
    { method: 'nar' },
  );
  const toplevel = store.addToStore('system', treeOf({ init: file('init', 0o755), tree: symlink(merged), far: symlink(`/${long}`) }), {
    method: 'nar',
    references: [merged],
  });
  const directories = ['usr', { path: 'tmp', mode: '1777' }];
  const links = { bin: 'usr/bin', 'usr/bin/init': `${toplevel}/init` };
  return { store, merged, toplevel, attrs: { toplevel, usr: merged, directories, links, contents: [] } };
}

for (const [compression, extension, format] of [
  ['none', 'tar', 'POSIX tar'],
  ['gzip', 'tar.gz', 'gzip'],
  ['zstd', 'tar.zst', 'Zstandard'],
] as const)
  test(`tarball: GNU tar unpacks it (${format})`, async (t) => {
    const { store, merged, toplevel, attrs } = system(t);
    const beside = [{ source: `${toplevel}/init`, target: 'metadata.yaml' }];
    const more = { compression, fileName: `tarball/x.${extension}`, folder: 'rootfs', beside };
    const out = await build(store, 'tarball', { ...attrs, ...more }, [toplevel]);
    const folder = scratchFolder(t);
    await judge(t, 'tar', ['-xpf', join(out, `tarball/x.${extension}`), '-C', folder]);
    const root = join(folder, 'rootfs');
    assert.equal(readFileSync(join(folder, 'metadata.yaml'), 'utf8'), 'init');
    assert.equal(readFileSync(join(root, 'usr/bin/one'), 'utf8'), 'one');
    assert.equal(readFileSync(join(root, 'usr/share', long), 'utf8'), 'long');
    assert.equal(readlinkSync(join(root, toplevel, 'far')), `/${long}`);
    assert.equal(statSync(join(root, 'usr/bin/other')).ino, statSync(join(root, 'usr/bin/same')).ino);
    assert.equal(readlinkSync(join(root, merged, 'usr')), '/usr');
    assert.equal(readlinkSync(join(root, 'usr/bin/init')), `${toplevel}/init`);
    assert.equal(readlinkSync(join(root, 'nix/var/nix/profiles/system-1-link')), toplevel);
    assert.equal(lstatSync(join(root, 'tmp')).mode & 0o7777, 0o1777);
    assert.equal(lstatSync(join(root, 'usr/bin/one')).mode & 0o777, 0o555);
  });

test('oci-image: layers and digests are those of its description, and skopeo copies it', async (t) => {
  const { store, merged, toplevel, attrs } = system(t);
  const big = store.addToStore('big', file('b'.repeat(300_000)), { method: 'nar' });
  const more = { fileName: 'x.tar', imageName: 'web/app', tag: '1.0', config: { Cmd: ['/sbin/init'] }, additionalPaths: [big] };
  const out = await build(store, 'oci-image', { ...attrs, ...more }, [toplevel, big]);
  const folder = scratchFolder(t);
  await judge(t, 'tar', ['-xf', join(out, 'x.tar'), '-C', folder]);
  const json = (path: string) => JSON.parse(readFileSync(join(folder, path), 'utf8')) as Record<string, any>;
  const blob = (digest: string): Buffer => {
    const bytes = readFileSync(join(folder, 'blobs', digest.replace(':', '/')));
    assert.equal(`sha256:${createHash('sha256').update(bytes).digest('hex')}`, digest);
    return bytes;
  };
  assert.deepEqual(json('oci-layout'), { imageLayoutVersion: '1.0.0' });
  const [described] = json('index.json').manifests;
  assert.equal(described.annotations['org.opencontainers.image.ref.name'], 'web/app:1.0');
  const manifest = JSON.parse(blob(described.digest).toString());
  const config = JSON.parse(blob(manifest.config.digest).toString());
  assert.deepEqual(config.config, { Cmd: ['/sbin/init'] });
  assert.deepEqual(
    config.history.map(({ comment }: { comment: string }) => comment),
    [merged, big, 'store paths', 'root'],
  );
  const root = join(folder, 'root');
  mkdirSync(root);
  for (const [n, layer] of (manifest.layers as { digest: string; size: number }[]).entries()) {
    const bytes = blob(layer.digest);
    assert.equal(bytes.length, layer.size);
    const plain = gunzipSync(bytes);
    assert.equal(`sha256:${createHash('sha256').update(plain).digest('hex')}`, config.rootfs.diff_ids[n]);
    writeFileSync(join(folder, 'layer.tar'), plain);
    await judge(t, 'tar', ['-xpf', join(folder, 'layer.tar'), '-C', root]);
  }
  assert.equal(readFileSync(join(root, 'usr/bin/one'), 'utf8'), 'one');
  assert.equal(readFileSync(join(root, big)).length, 300_000);
  assert.equal(readFileSync(join(root, toplevel, 'init'), 'utf8'), 'init');
  assert.deepEqual(json('manifest.json')[0].RepoTags, ['web/app:1.0']);
  await judge(t, 'skopeo', ['--tmpdir', folder, 'copy', `oci-archive:${join(out, 'x.tar')}`, `dir:${join(folder, 'copy')}`]);
});

test('wrong attributes are errors with their name', async (t) => {
  const { store, toplevel, attrs } = system(t);
  const tar = { ...attrs, compression: 'gzip', fileName: 'x.tar.gz' };
  const oci = { ...attrs, fileName: 'x.tar', imageName: 'x', tag: 'latest' };
  for (const [builder, given, message] of [
    ['tarball', { ...tar, compression: 'lzma' }, /'compression' must be "gzip", "zstd", "xz", "none"/],
    ['tarball', { ...tar, fileName: '../x' }, /'fileName' must be a relative path/],
    ['tarball', { ...tar, folder: 'a/../..' }, /'folder'/],
    ['tarball', { ...tar, usr: '/nix/store/00000000000000000000000000000000-x' }, /'usr'/],
    ['tarball', { ...tar, beside: [{ source: `${toplevel}/init`, target: '../../x' }] }, /'target'/],
    ['oci-image', { ...oci, imageName: 'Web' }, /'imageName'/],
    ['oci-image', { ...oci, tag: '../x' }, /'tag'/],
    ['oci-image', { ...oci, fileName: 'a/b' }, /'fileName'/],
    ['oci-image', { ...oci, maxLayers: 1000 }, /'maxLayers' must be a number from 3 to 125/],
  ] as const)
    await fails(build(store, builder, given, [toplevel]), 'build/bad-attribute', message);
});
