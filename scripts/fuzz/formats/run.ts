/** Gives cases to a child process; repeats, minimises and writes failures. */
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../../../src/store/physical-tree.ts';
import { forbiddenFolder, type FormatName } from './format.ts';
import { makeCase } from './makers.ts';
import { smallest } from './minimise-bytes.ts';
import type { Failure, Job, Outcome } from './outcome.ts';

export interface FuzzOptions {
  format: FormatName;
  seed: number;
  minutes?: number;
  /** The number of cases; takes precedence over `minutes`. */
  count?: number;
  /** Where failures are written. */
  folder: string;
  /** URL of a module whose `readers` replace the product's. */
  readers?: string;
  /** Time limit for one case, in ms. */
  patience?: number;
  /** How many attempts minimising a failure may take. */
  tries?: number;
  /** Stops after this many kinds of failures. Defaults to 20. */
  sorts?: number;
  report?: (line: string) => void;
}

export interface Found extends Failure {
  number: number;
  /** The smallest input that shows it. */
  file: string;
}

export interface FuzzResult {
  cases: number;
  read: number;
  /** How often each code was reported. */
  refused: Map<string, number>;
  found: Found[];
}

const PATIENCE = 10_000;
const MOST_SORTS = 20;

/** One process at a time; one that hangs, uses too much memory or lost a file is replaced. */
export class Children {
  private readonly place = mkdtempSync(join(tmpdir(), 'bootflake-fuzz-'));
  private child: { process: ChildProcess; said: string } | undefined;

  constructor(private readonly options: Pick<FuzzOptions, 'readers' | 'patience'> = {}) {
    mkdirSync(forbiddenFolder, { recursive: true });
    const file = join(forbiddenFolder, 'file');
    // Another run may be in progress.
    if (!existsSync(file)) writeFileSync(file, 'file');
  }

  async run(job: Job): Promise<Outcome> {
    const child = (this.child ??= await this.start());
    const { patience = PATIENCE } = this.options;
    const outcome = await new Promise<Outcome>((resolve) => {
      const failed = (sort: string, detail: string): void => resolve({ kind: 'failed', failure: { sort, detail } });
      const timer = setTimeout(() => failed('no end', `nothing after ${patience} ms`), patience);
      const onExit = (code: number | null, signal: string | null): void => failed('the process died', `${signal ?? code}\n${child.said}`);
      child.process.once('exit', onExit);
      child.process.once('message', (message) => {
        clearTimeout(timer);
        child.process.off('exit', onExit);
        resolve(message as Outcome);
      });
      child.process.send(job);
    });
    if (outcome.kind === 'failed' && !outcome.failure.goesOn) this.stop();
    return outcome;
  }

  close(): void {
    this.stop();
    removeTree(this.place);
  }

  private stop(): void {
    this.child?.process.removeAllListeners();
    this.child?.process.kill('SIGKILL');
    this.child = undefined;
  }

  private async start(): Promise<{ process: ChildProcess; said: string }> {
    const place = mkdtempSync(join(this.place, 'child-'));
    const { readers } = this.options;
    const started = fork(new URL('child.ts', import.meta.url), [place, ...(readers === undefined ? [] : [readers])], {
      execArgv: ['--import', import.meta.resolve('tsx')],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const child = { process: started, said: '' };
    started.stderr!.on('data', (data: Buffer) => {
      child.said = (child.said + data.toString('latin1')).slice(-4000);
    });
    await new Promise<void>((resolve, reject) => {
      started.once('message', () => resolve());
      started.once('exit', () => reject(new Error(`the process that reads cases did not start: ${child.said}`)));
    });
    started.removeAllListeners('exit');
    return child;
  }
}

/**
 * Runs cases until the time is up, their number is reached, or enough kinds of failures are found. The seed repeats the cases exactly.
 * `shared` replaces a process of its own.
 */
export async function fuzz(options: FuzzOptions, shared?: Children): Promise<FuzzResult> {
  const { format, seed, count = Infinity, report = () => {} } = options;
  const end = options.count !== undefined ? Infinity : performance.now() + (options.minutes ?? 1) * 60_000;
  const result: FuzzResult = { cases: 0, read: 0, refused: new Map(), found: [] };
  const children = shared ?? new Children(options);
  try {
    for (let number = 0; number < count && performance.now() < end && result.found.length < (options.sorts ?? MOST_SORTS); number++) {
      const outcome = await children.run({ format, seed, number });
      result.cases += 1;
      if (outcome.kind === 'read') result.read += 1;
      else if (outcome.kind === 'refused') result.refused.set(outcome.code, (result.refused.get(outcome.code) ?? 0) + 1);
      else if (!result.found.some(({ sort }) => sort === outcome.failure.sort)) {
        const found = await describe(options, children, number);
        if (!found) continue;
        result.found.push(found);
        report(`case ${number}: ${found.sort}\n${found.detail}\n    the smallest bytes: ${found.file}`);
      }
    }
  } finally {
    if (!shared) children.close();
  }
  return result;
}

/** Repeats the failure, since a busy machine makes any case slow, and minimises it. */
async function describe(options: FuzzOptions, children: Children, number: number): Promise<Found | undefined> {
  const { format, seed, folder } = options;
  const again = await children.run({ format, seed, number });
  if (again.kind !== 'failed') return undefined;
  const { sort, detail } = again.failure;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${format}-${seed}-${number}.bin`);
  const bytes = await smallest(
    await makeCase(format, seed, number),
    async (candidate) => {
      writeFileSync(file, candidate);
      const outcome = await children.run({ format, seed, number, file });
      return outcome.kind === 'failed' && outcome.failure.sort === sort;
    },
    options.tries,
  );
  writeFileSync(file, bytes);
  return { sort, detail, number, file };
}

/** Runs the bytes of a file that an earlier run has written. */
export async function runFile(options: FuzzOptions, file: string): Promise<Outcome> {
  const children = new Children(options);
  try {
    return await children.run({ format: options.format, seed: 0, number: 0, file });
  } finally {
    children.close();
    rmSync(join(forbiddenFolder, 'made'), { recursive: true, force: true });
  }
}
