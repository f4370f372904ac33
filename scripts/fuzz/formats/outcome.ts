import type { FormatName } from './format.ts';

/** The input of the child process: a case by its number, or the bytes of a file. */
export interface Job {
  format: FormatName;
  seed: number;
  number: number;
  /** A file whose bytes replace those that the number makes. */
  file?: string;
}

export type Outcome =
  | { kind: 'read' }
  /** Refused by one of the product's own errors. */
  | { kind: 'refused'; code: string }
  | { kind: 'failed'; failure: Failure };

export interface Failure {
  /** A key that is equal for two cases that show the same failure. */
  sort: string;
  detail: string;
  /** Whether the process can go on: nothing in it has changed. */
  goesOn?: boolean;
}
