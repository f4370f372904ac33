import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface Measurement {
  seconds: number;
  /** The largest resident set of any process of the tree, in MiB, sampled every 20 ms. */
  peakMiB: number;
  status: number | null;
}

/** Runs a command and returns its time and the peak memory of its largest process. */
export function measure(command: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Measurement> {
  return new Promise((done, failed) => {
    const begun = performance.now();
    const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'ignore', 'pipe'] });
    let [peak, stderr] = [0, ''];
    child.stderr.on('data', (data: Buffer) => {
      stderr += data.toString();
    });
    const sampler = setInterval(() => {
      for (const pid of processTree(child.pid ?? 0)) peak = Math.max(peak, highWater(pid));
    }, 20);
    child.on('error', failed);
    child.on('close', (status) => {
      clearInterval(sampler);
      if (status !== 0) return failed(new Error(`${command} ${args.join(' ')} ended with ${status}\n${stderr}`));
      done({ seconds: (performance.now() - begun) / 1000, peakMiB: peak / 1024, status });
    });
  });
}

/** Runs a command until its output matches, then types `end` and waits for it to exit. The time is that until the match. */
export function measureUntil(
  command: string,
  args: string[],
  pattern: RegExp,
  end: string,
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Measurement> {
  return new Promise((done, failed) => {
    const begun = performance.now();
    const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ['pipe', 'pipe', 'ignore'] });
    let [seconds, output, peak] = [0, '', 0];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (seconds > 0 || !pattern.test(output)) return;
      seconds = (performance.now() - begun) / 1000;
      peak = Math.max(...processTree(child.pid ?? 0).map(highWater));
      child.stdin.write(end);
    });
    child.on('error', failed);
    child.on('close', (status) =>
      seconds > 0
        ? done({ seconds, peakMiB: peak / 1024, status })
        : failed(new Error(`${command} ${args.join(' ')} ended with ${status}\n${output.slice(-2000)}`)),
    );
  });
}

/** A process and all its descendants. */
export function processTree(pid: number): number[] {
  try {
    // A process belongs to the thread that started it.
    const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '),
    );
    return [pid, ...children.filter(Boolean).map(Number).flatMap(processTree)];
  } catch {
    return [pid];
  }
}

/** The peak resident set of a process, in KiB; 0 when it has exited. */
export function highWater(pid: number): number {
  return kibibytesOf(pid, /^VmHWM:\s+(\d+)/m);
}

/** The resident set of a process, in KiB; 0 when it has exited. */
export function resident(pid: number): number {
  return kibibytesOf(pid, /^VmRSS:\s+(\d+)/m);
}

function kibibytesOf(pid: number, line: RegExp): number {
  try {
    return Number(line.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
