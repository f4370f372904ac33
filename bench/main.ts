/**
 * `npm run bench [-- RUNS]`: times what a user waits for on this machine, next to the alternatives (mmdebstrap, cp -a) where they are
 * installed. Prints medians; min and max show the noise.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { blogFlake, workplace } from '../test/support/bootflake.ts';
import { measure, measureUntil, median, type Measurement } from './measure.ts';

const runs = Number(process.argv[2] ?? 3);
const place = workplace('bench');
const cli = resolve('dist/bootflake.js');
const installable = '.#nixosConfigurations.build-qcow2.config.system.build.qcow2';
const flake = await blogFlake(place);
const bootflake = (args: string[]) => measure(process.execPath, [cli, ...args], { cwd: flake, env: place.environment });
const rows: { what: string; reach: string; results: Measurement[] }[] = [];

async function row(what: string, reach: string, once: (run: number) => Promise<Measurement>, count = runs): Promise<Measurement[]> {
  const results: Measurement[] = [];
  for (let run = 0; run < count; run += 1) results.push(await once(run));
  rows.push({ what, reach, results });
  print(rows.at(-1) as (typeof rows)[number]);
  return results;
}

function print({ what, reach, results }: (typeof rows)[number]): void {
  const seconds = results.map((r) => r.seconds);
  console.log(
    `${what.padEnd(52)} ${median(seconds).toFixed(2).padStart(7)} s  ` +
      `(${Math.min(...seconds).toFixed(2)}..${Math.max(...seconds).toFixed(2)})  peak ` +
      `${Math.max(...results.map((r) => r.peakMiB)).toFixed(0)} MiB   reach: ${reach}`,
  );
}

await row('empty store to result/nixos.qcow2', '15 s', async () => {
  for (const folder of ['.local', '.cache']) rmSync(join(place.folder, 'home', folder), { recursive: true, force: true });
  rmSync(join(flake, 'flake.lock'), { force: true });
  // Otherwise the disk would still be busy with the removal.
  await measure('sync', [], {});
  return bootflake(['build', installable]);
});
await row('nothing changed', '0.5 s', () => bootflake(['build', installable]));
await row('one line of configuration.nix changed', '2 s', async (run) => {
  const path = join(flake, 'configuration.nix');
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace(
      /(\n {2}networking\.hostName = .*)?\n(.*)system\.stateVersion/,
      `\n  networking.hostName = "host${run}-${process.pid}";\n$2system.stateVersion`,
    ),
  );
  return bootflake(['build', installable]);
});
console.log(`qcow2: ${(statSync(join(flake, 'result', 'nixos.qcow2')).size / 1e6).toFixed(0)} MB   reach: 260 MB`);

const rebuilt = await row('image written again and compared (--rebuild)', '-', () => bootflake(['build', installable, '--rebuild']));
const store = join(place.folder, 'home/.local/share/bootflake/nix/store');
const copied = join(place.folder, 'copy');
const copy = await row('cp -a of the store, with sync', '-', async () => {
  rmSync(copied, { recursive: true, force: true });
  mkdirSync(copied);
  return measure('sh', ['-c', `cp -a ${store} ${copied} && sync -f ${copied}`]);
});
console.log(`ratio rebuild / cp -a: ${(median(rebuilt.map((r) => r.seconds)) / median(copy.map((r) => r.seconds))).toFixed(2)}`);

await row('start to the login prompt', '30 s', () =>
  measureUntil(process.execPath, [cli, 'run', installable], /login: /, '\x01x', { cwd: flake, env: place.environment }),
);
await row('start to the end of --exec true (boot, login, poweroff)', '-', () => bootflake(['run', installable, '--exec', 'true']));
if (existsSync('/usr/bin/mmdebstrap') && process.getuid?.() === 0) {
  const packages = ['linux-image-cloud-amd64', 'systemd-sysv', 'dbus', 'sudo', 'python3', 'iproute2', 'udev'].join(',');
  const tree = join(place.folder, 'mmdebstrap');
  await row(
    'mmdebstrap, a bare tree of like packages',
    '-',
    () => {
      rmSync(tree, { recursive: true, force: true });
      return measure('mmdebstrap', ['--variant=minbase', `--include=${packages}`, 'trixie', tree], { env: place.environment });
    },
    1,
  );
} else console.log('mmdebstrap: not installed, or not root: not measured');
if (process.env.BENCH_LOG) appendFileSync(process.env.BENCH_LOG, `${JSON.stringify({ at: readlinkSync(join(flake, 'result')), rows })}\n`);
place.remove();
