/** Bytes of a `SharedWord`. */
export const WORD_BYTES = 4;

/**
 * A 32-bit number in shared memory that threads can wait for.
 *
 * A woken thread checks the value again: between a store and its notification another thread may see the new value, act on it and wait for
 * the next one, and the late notification would end that wait too soon. So no thread calls `Atomics.wait` or `Atomics.notify` itself.
 */
export class SharedWord {
  private readonly words: Int32Array;

  /** The `index`th word of the buffer. */
  constructor(buffer: SharedArrayBuffer, index = 0) {
    this.words = new Int32Array(buffer, index * WORD_BYTES, 1);
  }

  get value(): number {
    return Atomics.load(this.words, 0);
  }

  /** Stores a value and wakes all waiting threads. */
  set(value: number): void {
    Atomics.store(this.words, 0, value);
    Atomics.notify(this.words, 0);
  }

  /** Adds one without waking any thread. */
  count(): void {
    Atomics.add(this.words, 0, 1);
  }

  /** Stores `value` if the word is `expected`, and then wakes all waiting threads. Returns whether it did. */
  replace(expected: number, value: number): boolean {
    if (Atomics.compareExchange(this.words, 0, expected, value) !== expected) return false;
    Atomics.notify(this.words, 0);
    return true;
  }

  /**
   * Waits without the event loop until the word is not `value`. Returns the new value; undefined when it is still the same after
   * `milliseconds`, which default to no limit.
   */
  waitWhile(value: number, milliseconds = Infinity): number | undefined {
    const end = performance.now() + milliseconds;
    for (;;) {
      const now = this.value;
      if (now !== value) return now;
      const left = end - performance.now();
      if (left <= 0) return undefined;
      Atomics.wait(this.words, 0, value, left);
    }
  }
}

/** Blocks this thread, including its event loop. */
export function sleepSync(milliseconds: number): void {
  new SharedWord(new SharedArrayBuffer(WORD_BYTES)).waitWhile(0, milliseconds);
}
