/** The command line with other machines and stores. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { file } from '../../src/tree/file-tree.ts';
import { makePath, narOf } from '../caches/support.ts';
import { workplace } from '../support/bootflake.ts';
import { logLine, startDaemon, type TestDaemon } from './test-daemon.ts';

const expression = (name: string, script = 'true'): string => `derivation {
  name = "${name}"; system = "riscv64-linux"; builder = "/bin/sh"; args = [ "-c" "${script}" ];
}`;

test('bootflake build on another machine, named by an option and in the machines file', async (t) => {
  const place = workplace('machines');
  t.after(() => place.remove());
  const daemon: TestDaemon = await startDaemon(t, place.folder, {
    build({ outputs, drvPath }, socket) {
      socket.write(logLine(`\x1b]52;c;eA==\x07at work on ${drvPath.slice(44)}`));
      if (drvPath.includes('bad')) return 'it cannot be done';
      for (const path of outputs.values()) daemon.paths.set(path, { nar: narOf(file('far\n')) });
    },
  });
  const conf = join(place.folder, 'conf');
  mkdirSync(conf);
  writeFileSync(join(conf, 'machines'), `# ours\n${daemon.uri} riscv64-linux,builtin - 2 1 kvm\n`);
  const environment = { NIX_CONF_DIR: conf, NIX_CONFIG: 'substituters =' };
  const built = await place.bootflake(['build', '-L', '--no-link', '--print-out-paths', '--expr', expression('one')], { environment });
  assert.equal(built.status, 0, built.stderr);
  assert.equal(readFileSync(built.stdout.trim(), 'utf8'), 'far\n');
  assert.match(built.stderr, new RegExp(`building '/nix/store/.*-one\\.drv' on '${daemon.uri}'\\.\\.\\.\none> .*at work on one\\.drv\n`));
  assert.equal(built.stderr.includes('\x1b'), false);
  const none = await place.bootflake(['build', '--builders', '', '--expr', expression('two')], { environment });
  assert.equal(none.status, 1);
  assert.match(none.stderr, /required system 'riscv64-linux'[^]*\[build\/wrong-system\]/);
  const bad = await place.bootflake(['build', '-j', '0', '--builders', `${daemon.uri} riscv64-linux`, '--expr', expression('bad')], {
    environment,
  });
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, new RegExp(`build of '.*-bad\\.drv' on '${daemon.uri}' failed: it cannot be done\n`));
  assert.match(bad.stderr, /at work on bad\.drv[^]*\[build\/remote-failed\]/);
});

test('bootflake build takes an output from the store of a daemon, and ends', async (t) => {
  const place = workplace('daemon-store');
  t.after(() => place.remove());
  const daemon = await startDaemon(t, place.folder);
  const environment = { NIX_CONF_DIR: '/nonexistent', NIX_CONFIG: `substituters = ${daemon.uri}?trusted=true\nbuilders =` };
  const args = ['build', '--no-link', '--expr', expression('had')];
  const { stderr } = await place.bootflake(args, { environment });
  assert.match(stderr, /wrong-system/);
  const shown = await place.bootflake(['eval', '--raw', '--expr', `(${expression('had')}).outPath`], { environment });
  const { packed } = makePath('had', { tree: file('had\n') });
  daemon.paths.set(shown.stdout, { nar: packed });
  const built = await place.bootflake([...args, '--print-out-paths'], { environment, timeoutSeconds: 60 });
  assert.equal(built.status, 0, built.stderr);
  assert.equal(readFileSync(built.stdout.trim(), 'utf8'), 'had\n');
});
