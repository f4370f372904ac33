/** Runs jobs that depend on each other, with a limit on parallel jobs of each kind. */
export interface ScheduledJob<T> {
  item: T;
  kind: 'network' | 'cpu';
  /** Items of other jobs in the same run. */
  after: T[];
  /** Among the ready jobs of a kind, the heaviest starts first. */
  weight: number;
}

export interface ScheduleOptions {
  limits: Record<'network' | 'cpu', number>;
  signal?: AbortSignal;
}

interface Waiting<T> {
  job: ScheduledJob<T>;
  unmet: number;
  dependents: Waiting<T>[];
}

/**
 * Runs every job after those that it depends on. The first failure aborts the signal of the running jobs and is thrown once all of them
 * have ended.
 */
export async function runSchedule<T>(
  jobs: ScheduledJob<T>[],
  run: (item: T, signal: AbortSignal) => Promise<void>,
  options: ScheduleOptions,
): Promise<void> {
  await new Schedule(jobs, run, options).finish();
}

class Schedule<T> {
  private readonly ready: Record<'network' | 'cpu', Waiting<T>[]> = { network: [], cpu: [] };
  private readonly running: Record<'network' | 'cpu', number> = { network: 0, cpu: 0 };
  private readonly controller = new AbortController();
  private left: number;
  private failure: { error: unknown } | undefined;
  private settle: () => void = () => {};

  constructor(
    jobs: ScheduledJob<T>[],
    private readonly run: (item: T, signal: AbortSignal) => Promise<void>,
    private readonly options: ScheduleOptions,
  ) {
    this.left = jobs.length;
    const waiting = new Map(jobs.map((job) => [job.item, { job, unmet: 0, dependents: [] } as Waiting<T>]));
    for (const entry of waiting.values()) {
      for (const item of new Set(entry.job.after)) {
        const other = waiting.get(item);
        if (!other) continue;
        other.dependents.push(entry);
        entry.unmet++;
      }
    }
    for (const entry of waiting.values()) if (entry.unmet === 0) this.enqueue(entry);
  }

  async finish(): Promise<void> {
    const { signal } = this.options;
    const onAbort = () => this.fail(signal!.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await new Promise<void>((resolve) => {
        this.settle = resolve;
        this.pump();
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
    if (this.failure) throw this.failure.error;
  }

  private enqueue(entry: Waiting<T>): void {
    const queue = this.ready[entry.job.kind];
    const place = queue.findIndex((other) => other.job.weight < entry.job.weight);
    queue.splice(place < 0 ? queue.length : place, 0, entry);
  }

  private pump(): void {
    for (const kind of ['network', 'cpu'] as const) {
      while (!this.failure && this.running[kind] < this.options.limits[kind] && this.ready[kind].length > 0)
        this.start(this.ready[kind].shift()!);
    }
    const idle = this.running.network + this.running.cpu === 0;
    if (!idle) return;
    if (this.left > 0 && !this.failure) this.fail(new Error(`${this.left} jobs wait for each other`));
    this.settle();
  }

  private start(entry: Waiting<T>): void {
    const { kind, item } = entry.job;
    this.running[kind]++;
    void this.run(item, this.controller.signal)
      .then(
        () => {
          this.left--;
          for (const dependent of entry.dependents) if (--dependent.unmet === 0) this.enqueue(dependent);
        },
        (error: unknown) => this.fail(error),
      )
      .then(() => {
        this.running[kind]--;
        this.pump();
      });
  }

  private fail(error: unknown): void {
    this.failure ??= { error };
    this.controller.abort(error);
  }
}
