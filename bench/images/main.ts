/**
 * `npm run bench:images [-- [--large] [--runs N]]`: what a first build of an image costs, and a changed line after it: time, CPU time,
 * memory, and how many KiB of the image change. Compares the last image with one from nothing (`--rebuild`) and checks it with e2fsck and
 * qemu-img.
 * With --large also for a machine of some 4 GiB (compilers, a JDK, LibreOffice, Firefox, TeX), which takes 20 GB of disk.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { blogFlake, workplace } from '../../test/support/bootflake.ts';
import { measureCpu, type CpuMeasurement } from '../cpu.ts';
import { median } from '../measure.ts';

const { values } = parseArgs({ options: { large: { type: 'boolean', default: false }, runs: { type: 'string' } } });
const runs = Number(values.runs ?? 3);
const cli = resolve('dist/bootflake.js');
const installable = '.#nixosConfigurations.build-qcow2.config.system.build.qcow2';
const large = ['gcc', 'clang', 'rustc', 'cargo', 'firefox', 'libreoffice', 'debianPackages.openjdk-21-jdk'].concat([
  'debianPackages.texlive-latex-extra',
  'debianPackages.texlive-fonts-extra',
]);

for (const { name, packages } of [
  { name: "the blog's machine", packages: [] },
  ...(values.large ? [{ name: 'large', packages: large }] : []),
])
  await bench(name, packages);

async function bench(name: string, packages: string[]): Promise<void> {
  const place = workplace('bench-images');
  try {
    const flake = await blogFlake(place);
    const path = join(flake, 'configuration.nix');
    const configure = (line: string, more: string[]): void => {
      const text = readFileSync('examples/blog/configuration.nix', 'utf8');
      writeFileSync(path, text.replace('python313', ['python313', ...more].join('\n    ')).replace('system.stateVersion', `${line}\n  $&`));
    };
    const build = (args: string[] = []): Promise<CpuMeasurement> =>
      measureCpu(process.execPath, [cli, 'build', installable, ...args], { cwd: flake, env: place.environment });
    const image = (): string => join(flake, 'result/nixos.qcow2');
    const row = (what: string, results: CpuMeasurement[], note = ''): void => {
      const of = (pick: (result: CpuMeasurement) => number): string => median(results.map(pick)).toFixed(2).padStart(7);
      const peak = Math.max(...results.map((result) => result.peakMiB)).toFixed(0);
      const cpu = of((result) => result.userSeconds + result.systemSeconds);
      console.log(`${`${name}: ${what}`.padEnd(48)} ${of((result) => result.seconds)} s  CPU ${cpu} s  peak ${peak} MiB  ${note}`);
    };
    configure('', packages);
    row('first build', [await build()], `${(statSync(image()).size / 1e6).toFixed(1)} MB`);
    const changed: CpuMeasurement[] = [];
    const differences: number[] = [];
    for (let run = 0; run < runs; run++) {
      const before = openSync(image(), 'r');
      configure(`networking.hostName = "host${run}";`, packages);
      changed.push(await build());
      differences.push(differingKiB(before, image()));
      closeSync(before);
    }
    row('a line changed', changed, `${median(differences)} KiB of the file differ`);
    configure(`networking.hostName = "host${runs - 1}";`, ['jq', ...packages]);
    row('a package added', [await build()]);
    row('from nothing, and compared', [await build(['--rebuild'])]);
    check(place.folder, image());
  } finally {
    place.remove();
  }
}

function differingKiB(before: number, path: string): number {
  const after = openSync(path, 'r');
  const [a, b] = [Buffer.alloc(1 << 20), Buffer.alloc(1 << 20)];
  let blocks = 0;
  for (let at = 0; ; at += a.length) {
    const [old, now] = [readSync(before, a, 0, a.length, at), readSync(after, b, 0, b.length, at)];
    if (old === 0 && now === 0) break;
    a.fill(0, old);
    b.fill(0, now);
    for (let block = 0; block < Math.max(old, now); block += 4096)
      if (a.compare(b, block, block + 4096, block, block + 4096) !== 0) blocks += 1;
  }
  closeSync(after);
  return blocks * 4;
}

/** Throws when a checker finds a fault. */
function check(folder: string, image: string): void {
  const raw = join(folder, 'raw');
  const root = join(folder, 'root');
  for (const [program, ...args] of [
    ['qemu-img', 'check', '-q', image],
    ['qemu-img', 'convert', '-O', 'raw', image, raw],
    // Where the root's partition begins.
    ['dd', `if=${raw}`, `of=${root}`, 'bs=1M', 'skip=48', 'conv=sparse', 'status=none'],
    ['e2fsck', '-fn', root],
  ]) {
    const { status, stdout, stderr, error } = spawnSync(program!, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? `${status}\n${stdout}${stderr}`}`);
  }
  console.log('qemu-img check and e2fsck: no fault');
}
