/** Runs the same work by bootflake and by nix 2.34 in turns, and prints how they compare. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { measureCpu, type CpuMeasurement } from '../cpu.ts';
import { median } from '../measure.ts';

export const NIX = process.env.NIX_ORACLE ? resolve(process.env.NIX_ORACLE, '..') : '/tmp/nix-2.34/bin';
export const CLI = resolve('dist/bootflake.js');

/** A command to measure. */
export interface Work {
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
}

export interface Comparison {
  what: string;
  /** The most of Nix's wall clock that is aimed at. */
  target: number;
  runs: number;
  bootflake(run: number): Work;
  nix(run: number): Work;
}

/** Measures both in turns and prints medians, minima and ratios: the minima say more on a machine with other work. */
export async function compare({ what, target, runs, bootflake, nix }: Comparison): Promise<void> {
  const [own, other]: [CpuMeasurement[], CpuMeasurement[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    own.push(await once(bootflake(run)));
    if (existsSync(NIX)) other.push(await once(nix(run)));
  }
  console.log(`${what}\n  bootflake ${summary(own)}`);
  if (other.length === 0) return;
  const ratio = (of: (one: CpuMeasurement) => number, from: (values: number[]) => number): string =>
    (from(own.map(of)) / from(other.map(of))).toFixed(2);
  console.log(
    `  nix       ${summary(other)}\n` +
      `  ratio     wall ${ratio(wall, median)} (minima ${ratio(wall, least)}), CPU ${ratio(cpu, median)} (minima ${ratio(cpu, least)}); ` +
      `target ${target}`,
  );
}

async function once({ command, args, env }: Work): Promise<CpuMeasurement> {
  // What earlier runs wrote must not be written to the disk while this one is measured. With more certificates than its own, which a few
  // machines behind a proxy name, Node decodes all of them whenever it starts: 50 ms that no machine without a proxy takes.
  execFileSync('sync');
  return measureCpu(command, args, { env: { ...process.env, ...env, NODE_EXTRA_CA_CERTS: undefined } });
}

function summary(runs: CpuMeasurement[]): string {
  const both = (of: (one: CpuMeasurement) => number): string =>
    `${median(runs.map(of)).toFixed(2)} s (least ${least(runs.map(of)).toFixed(2)})`;
  return `wall ${both(wall)}, CPU ${both(cpu)}, memory of all processes ${Math.max(...runs.map((run) => run.totalMiB)).toFixed(0)} MiB`;
}

const wall = (one: CpuMeasurement): number => one.seconds;
const cpu = (one: CpuMeasurement): number => one.userSeconds + one.systemSeconds;
const least = (values: number[]): number => Math.min(...values);
