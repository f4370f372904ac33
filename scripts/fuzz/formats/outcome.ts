import type { FormatName } from './format.ts';

/** What the child process is given: a case by its number, or the bytes of a file. */
export interface Job {
  format: FormatName;
  seed: number;
  number: number;
  /** A file whose bytes take the place of those that the number makes. */
  file?: string;
}

export type Outcome =
  | { kind: 'read' }
  /** By one of the product's own errors. */
  | { kind: 'refused'; code: string }
  | { kind: 'failed'; failure: Failure };

export interface Failure {
  /** What two cases have in common that found the same. */
  sort: string;
  detail: string;
  /** Whether the process is as it was. */
  goesOn?: boolean;
}
