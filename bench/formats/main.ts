/**
 * `npm run bench:formats [-- [--full] [--runs N] [--keep FOLDER] NAME...]`: each container of a disk beside the usual tool with the same
 * codec and level, in turns. The disk is a sparse one of 10 GiB with 400 MB of files (--full: 1.3 GB); both read the same file, a qcow2, or
 * the raw disk for what tar, gzip, zstd and xz pack. Prints medians, and ratios of bootflake's times to the tool's, of the medians and of
 * the minima, which say more on a machine with other work: at most 1.2 is aimed at, and 700 MB of memory.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureCpu, type CpuMeasurement } from '../cpu.ts';
import { median } from '../measure.ts';
import { makeDisk } from './corpus.ts';

const CLI = resolve('dist/bootflake.js');
const GiB = 2 ** 30;

interface Row {
  /** What `bootflake convert` is given before the files' names. */
  ours: string[];
  /** Bootflake reads the raw disk, not the qcow2. */
  raw?: boolean;
  /** The new file's name. */
  file: string;
  /** A command of sh: $RAW and $QCOW2 are the disk, $OUT the new file. */
  theirs: string;
}

const qemu = (format: string, options = ''): string => `qemu-img convert -f qcow2 -O ${format} ${options} $QCOW2 $OUT`;
const rows: Record<string, Row> = {
  raw: { ours: [], file: 'a.img', theirs: qemu('raw') },
  'raw, from raw': { ours: [], raw: true, file: 'a.img', theirs: 'cp $RAW $OUT' },
  qcow2: { ours: [], file: 'a.qcow2', theirs: qemu('qcow2') },
  'qcow2, from raw': { ours: [], raw: true, file: 'a.qcow2', theirs: 'qemu-img convert -f raw -O qcow2 $RAW $OUT' },
  'qcow2 zlib': { ours: ['-c'], file: 'a.qcow2', theirs: qemu('qcow2', '-c') },
  'qcow2 zstd': { ours: ['-c', '-o', 'compression_type=zstd'], file: 'a.qcow2', theirs: qemu('qcow2', '-c -o compression_type=zstd') },
  'qcow2 subclusters': { ours: ['-o', 'extended_l2=on'], file: 'a.qcow2', theirs: qemu('qcow2', '-o extended_l2=on') },
  vmdk: { ours: [], file: 'a.vmdk', theirs: qemu('vmdk') },
  'vmdk stream': { ours: ['-o', 'subformat=streamOptimized'], file: 'a.vmdk', theirs: qemu('vmdk', '-o subformat=streamOptimized') },
  vdi: { ours: [], file: 'a.vdi', theirs: qemu('vdi') },
  'vpc dynamic': { ours: [], file: 'a.vhd', theirs: qemu('vpc') },
  'vpc fixed': { ours: ['-o', 'subformat=fixed'], file: 'a.vhd', theirs: qemu('vpc', '-o subformat=fixed') },
  vhdx: { ours: [], file: 'a.vhdx', theirs: qemu('vhdx') },
  ova: {
    ours: [],
    file: 'a.ova',
    theirs: `${qemu('vmdk', '-o subformat=streamOptimized').replace('$OUT', '$OUT.vmdk')} && sha256sum $OUT.vmdk && tar -cf $OUT $OUT.vmdk`,
  },
  'tar.gz': { ours: [], raw: true, file: 'a.tar.gz', theirs: 'tar --format=oldgnu -Sczf $OUT $RAW' },
  'raw.gz': { ours: [], raw: true, file: 'a.raw.gz', theirs: 'gzip -6 -c $RAW > $OUT' },
  'raw.zst': { ours: [], raw: true, file: 'a.raw.zst', theirs: 'zstd -q -3 -c $RAW > $OUT' },
  // There is no vma outside of Proxmox: what it does is read, list and pack.
  'vma.zst': { ours: [], raw: true, file: 'vzdump-qemu-a.vma.zst', theirs: 'zstd -q -3 -c $RAW > $OUT' },
};

const { values, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false }, runs: { type: 'string' }, keep: { type: 'string' } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !Object.hasOwn(rows, name));
if (unknown !== undefined) throw new Error(`there is no row '${unknown}': ${Object.keys(rows).join(', ')}`);
const runs = Number(values.runs ?? 3);
const folder = values.keep === undefined ? mkdtempSync(join(tmpdir(), 'bootflake-bench-formats-')) : resolve(values.keep);
mkdirSync(folder, { recursive: true });
const [RAW, QCOW2] = [join(folder, 'disk.raw'), join(folder, 'disk.qcow2')];

const seconds = (of: CpuMeasurement): number => of.seconds;
const cpu = (of: CpuMeasurement): number => of.userSeconds + of.systemSeconds;

async function once(command: string, args: string[], out: string): Promise<CpuMeasurement> {
  rmSync(out, { force: true });
  // What earlier runs wrote must not be written to the disk while this one is measured.
  execFileSync('sync');
  return measureCpu(command, args, { cwd: folder, env: { ...process.env, RAW, QCOW2, OUT: out, NODE_EXTRA_CA_CERTS: undefined } });
}

async function bench(name: string, { ours, raw, file, theirs }: Row): Promise<void> {
  const out = join(folder, file);
  const [own, other]: [CpuMeasurement[], CpuMeasurement[]] = [[], []];
  const sizes = [0, 0];
  for (let run = 0; run < runs; run += 1) {
    own.push(await once(process.execPath, [CLI, 'convert', ...ours, raw ? RAW : QCOW2, out], out));
    sizes[0] = statSync(out).size;
    other.push(await once('sh', ['-c', theirs], out));
    sizes[1] = statSync(out).size;
  }
  for (const left of [out, `${out}.vmdk`]) rmSync(left, { force: true });
  const text = (of: (one: CpuMeasurement) => number): string => {
    const [mine, its] = [median(own.map(of)), median(other.map(of))];
    const least = Math.min(...own.map(of)) / Math.min(...other.map(of));
    const column = (value: number, width: number): string => value.toFixed(2).padStart(width);
    return [column(mine, 6), column(its, 6), column(mine / its, 5), column(least, 5)].join(' ');
  };
  console.log(
    `${name.padEnd(18)} | ${text(seconds)} | ${text(cpu)} | ${Math.max(...own.map(({ totalMiB }) => totalMiB))
      .toFixed(0)
      .padStart(5)} | ${sizes.map((size) => (size / 1e6).toFixed(0).padStart(6)).join(' ')}`,
  );
}

try {
  makeDisk(RAW, 10 * GiB, values.full ? 1.3e9 : 4e8);
  if (!existsSync(QCOW2)) execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', RAW, QCOW2]);
  console.log(`${'own, tool, ratio'.padEnd(18)} | wall (s)${' '.repeat(17)} | CPU (s)${' '.repeat(18)} |   MiB | MB`);
  for (const name of positionals.length > 0 ? positionals : Object.keys(rows)) await bench(name, rows[name]!);
} finally {
  if (values.keep === undefined) rmSync(folder, { recursive: true, force: true });
}
