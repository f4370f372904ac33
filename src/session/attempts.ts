/** What is done twice when the machine could not do it (src/machine), so that the second time tells, fetches and builds nothing anew. */
export class Attempts {
  private told: string[] = [];
  private before: string[] = [];
  /** What each task answered or failed with. */
  private readonly results = new Map<string, { value: unknown } | { error: unknown }>();
  private active = false;

  /** Something new is begun. */
  begin(): void {
    this.told = [];
    this.before = [];
    this.results.clear();
    this.active = true;
  }

  end(): void {
    this.active = false;
  }

  /** The same is done again. */
  repeat(): void {
    this.before = this.told;
    this.told = [];
  }

  /** `tell`, for a message that was not told by the attempt before. */
  teller(kind: string, tell: (message: string) => void): (message: string) => void {
    return (message) => {
      const key = `${kind}\0${message}`;
      const known = this.before.indexOf(key);
      if (known >= 0) this.before.splice(known, 1);
      else tell(message);
      if (this.active) this.told.push(key);
    };
  }

  /** `run`, unless that was done already: then its answer or failure again. */
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
