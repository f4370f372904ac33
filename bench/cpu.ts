import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { highWater, processTree, resident } from './measure.ts';

export interface CpuMeasurement {
  /** Wall clock. */
  seconds: number;
  /** User time of all threads and children. On a shared machine it is more meaningful than the wall clock. */
  userSeconds: number;
  systemSeconds: number;
  /** The largest resident set of any process of the tree. */
  peakMiB: number;
  /** The largest sum of the resident sets of all processes of the tree at one time, sampled every 20 ms. */
  totalMiB: number;
  stdout: string;
}

/** Runs a command in a shell that reports the CPU time when it exits. Throws when the exit status is not 0. */
export function measureCpu(
  command: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<CpuMeasurement> {
  const folder = mkdtempSync(join(tmpdir(), 'bootflake-times-'));
  const times = join(folder, 'times');
  return new Promise((done, failed) => {
    const script = 'TIMEFORMAT="%R %U %S"; { time "$@" 2>&3; } 3>&2 2>"$TIMES_FILE"';
    const child = spawn('bash', ['-c', script, 'bash', command, ...args], {
      cwd: options.cwd,
      env: { ...options.env, TIMES_FILE: times },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [peak, total, stdout, stderr] = [0, 0, '', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const sampler = setInterval(() => {
      const processes = processTree(child.pid ?? 0);
      for (const pid of processes) peak = Math.max(peak, highWater(pid));
      total = Math.max(
        total,
        processes.reduce((sum, pid) => sum + resident(pid), 0),
      );
    }, 20);
    child.on('error', failed);
    child.on('close', (status) => {
      clearInterval(sampler);
      const [seconds = 0, userSeconds = 0, systemSeconds = 0] = readFileSync(times, 'utf8').trim().split(' ').map(Number);
      rmSync(folder, { recursive: true, force: true });
      if (status !== 0) return failed(new Error(`${command} ${args.join(' ')} ended with ${status}\n${stderr}`));
      done({ seconds, userSeconds, systemSeconds, peakMiB: peak / 1024, totalMiB: total / 1024, stdout });
    });
  });
}
