/**
 * Remembers the effects of an evaluation that is repeated when the machine cannot do it (src/machine), so that the repetition reports,
 * fetches and builds nothing twice.
 */
export class Attempts {
  private reported: string[] = [];
  private before: string[] = [];
  /** What each task returned or threw. */
  private readonly results = new Map<string, { value: unknown } | { error: unknown }>();
  private active = false;

  /** Begins a new evaluation. */
  begin(): void {
    this.reported = [];
    this.before = [];
    this.results.clear();
    this.active = true;
  }

  end(): void {
    this.active = false;
  }

  /** Repeats the same evaluation. */
  repeat(): void {
    this.before = this.reported;
    this.reported = [];
  }

  /** Returns `report`, limited to messages that the previous attempt did not report. */
  reportOnce(kind: string, report: (message: string) => void): (message: string) => void {
    return (message) => {
      const key = `${kind}\0${message}`;
      const known = this.before.indexOf(key);
      if (known >= 0) this.before.splice(known, 1);
      else report(message);
      if (this.active) this.reported.push(key);
    };
  }

  /** Calls `run`, or returns or throws the outcome of an earlier call for the same task. */
  run<T>(task: readonly unknown[], run: () => T): T {
    if (!this.active) return run();
    const key = JSON.stringify(task);
    const known = this.results.get(key);
    if (known && 'error' in known) throw known.error;
    if (known) return known.value as T;
    try {
      const value = run();
      this.results.set(key, { value });
      return value;
    } catch (error) {
      this.results.set(key, { error });
      throw error;
    }
  }
}
