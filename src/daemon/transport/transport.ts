import type { Readable, Writable } from 'node:stream';

/** Two streams of bytes that lead to a daemon. */
export interface Transport {
  readonly input: Readable;
  readonly output: Writable;
  /** Resolves once the other end is gone, or soon after: what the program between us said about it; '' for nothing. */
  complaint(): Promise<string>;
  /** Without it, the transport keeps the process alive. */
  setIdle(idle: boolean): void;
  /** Ends it at once. Does nothing the second time. */
  close(): void;
}
