/**
 * `npm run bench:deploy [-- --image FILE --update FILE]`: an image sent to a host by bootflake, `rsync -z` and `scp -C`, and a later one by
 * bootflake, `rsync --inplace`, over a link of 100 Mbit/s with 20 ms there and back. Without files, the blog's machine and the
 * same with one line more. Prints seconds and bytes on the link (both ways, with ssh's own); bootflake's time has all that
 * `vm create` and `vm update` do of a stopped machine.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { shellQuote } from '../../src/base/shell-quote.ts';
import { startSshServer } from '../../test/support/ssh-server.ts';
import { median } from '../measure.ts';

const CLI = resolve('dist/bootflake.js');
const { values } = parseArgs({ options: { image: { type: 'string' }, update: { type: 'string' }, runs: { type: 'string' } } });
const runs = Number(values.runs ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'bootflake-bench-deploy-'));
const log = join(folder, 'link');
const relay = shellQuote([process.execPath, resolve('test/support/relay.mjs')]);
const server = await startSshServer({ folder, clientSettings: [`ProxyCommand ${relay} %h %p ${log} delay=10 rate=12500000`] });
const ssh = `ssh ${server.env.NIX_SSHOPTS} -p ${server.port}`;
const remote = `127.0.0.1`;
const images = values.image && values.update ? [resolve(values.image), resolve(values.update)] : buildImages();

/** The blog's machine, and the same with one line more. */
function buildImages(): string[] {
  const flake = join(folder, 'blog');
  cpSync('examples/blog', flake, { recursive: true });
  return ['', '  environment.etc.line.text = "more";\n'].map((line, n) => {
    const file = join(flake, 'configuration.nix');
    writeFileSync(file, readFileSync(file, 'utf8').replace('  system.stateVersion', `${line}  system.stateVersion`));
    const link = join(folder, `result-${n}`);
    execFileSync(process.execPath, [CLI, 'build', '.#build-qcow2', '--out-link', link], { cwd: flake, stdio: 'inherit' });
    return join(link, 'nixos.qcow2');
  });
}

interface Measured {
  seconds: number;
  bytes: number;
}

function measure(command: string, args: string[], environment: NodeJS.ProcessEnv = {}): Measured {
  rmSync(log, { force: true });
  const begun = performance.now();
  const { status, stderr } = spawnSync(command, args, { env: { ...server.env, ...environment }, encoding: 'utf8' });
  const seconds = (performance.now() - begun) / 1000;
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  spawnSync('sleep', ['0.3']);
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  return { seconds, bytes: lines.flatMap((line) => line.split(' ').map(Number)).reduce((sum, each) => sum + each, 0) };
}

const vm = (...args: string[]): Measured => measure(process.execPath, [CLI, 'vm', ...args, '--host', server.address]);
const results = new Map<string, Measured[]>();
const note = (name: string, measured: Measured): void => void results.set(name, [...(results.get(name) ?? []), measured]);

try {
  const [first = '', second = ''] = images;
  const there = join(server.home, 'there');
  for (let run = 0; run < runs; run++) {
    mkdirSync(there, { recursive: true });
    note('first: bootflake', vm('create', 'web', first));
    note('first: rsync -z', measure('rsync', ['-z', '-e', ssh, first, `${remote}:${there}/rsync.qcow2`]));
    note(
      'first: scp -C',
      measure('scp', [
        '-C',
        '-P',
        String(server.port),
        ...(server.env.NIX_SSHOPTS ?? '').split(' '),
        first,
        `${remote}:${there}/scp.qcow2`,
      ]),
    );
    note('one line: bootflake', vm('update', 'web', second, '--discard-changes'));
    copyFileSync(first, join(there, 'rsync.qcow2'));
    note(
      'one line: rsync --inplace',
      measure('rsync', ['-z', '--inplace', '--no-whole-file', '-e', ssh, second, `${remote}:${there}/rsync.qcow2`]),
    );
    vm('rm', 'web');
    rmSync(there, { recursive: true });
  }
  console.log('| what | seconds | bytes on the link |\n|---|---|---|');
  for (const [name, all] of results)
    console.log(
      `| ${name} | ${median(all.map((each) => each.seconds)).toFixed(1)} | ${median(all.map((each) => each.bytes)).toFixed(0)} |`,
    );
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
