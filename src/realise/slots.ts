/** Limits how many jobs of a kind run at once; among those that wait, the heaviest starts first. */
export class Slots {
  private running = 0;
  private readonly waiting: { weight: number; begin: () => void; leave: () => void }[] = [];
  private scheduled = false;

  /** `most`: how many jobs run at once, at least 1. When the signal is aborted, no further job begins. */
  constructor(
    private readonly most: number,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.waiting.splice(0).forEach(({ leave }) => leave()), { once: true });
  }

  /** Whether a job would begin at once. */
  get free(): boolean {
    return this.running + this.waiting.length < this.most;
  }

  /** Runs `job` when there is a free slot. Rejects with the signal's reason if that is aborted before the job begins. */
  async take<T>(weight: number, job: () => Promise<T>): Promise<T> {
    await this.enter(weight);
    try {
      return await job();
    } finally {
      this.running -= 1;
      this.schedule();
    }
  }

  private async enter(weight: number): Promise<void> {
    this.signal.throwIfAborted();
    await new Promise<void>((begin, fail) => {
      const place = this.waiting.findIndex((other) => other.weight < weight);
      const entry = { weight, begin, leave: () => fail(this.signal.reason as Error) };
      this.waiting.splice(place < 0 ? this.waiting.length : place, 0, entry);
      this.schedule();
    });
  }

  /** Jobs that become ready together are compared before the first begins. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      while (this.running < this.most && this.waiting.length > 0) {
        this.running += 1;
        this.waiting.shift()!.begin();
      }
    });
  }
}
