/** The result of one evaluator for an expression. */
export type Outcome =
  | { kind: 'value'; text: string }
  /** The innermost error, on one line. */
  | { kind: 'error'; text: string }
  /** It did not respond in time, or died. */
  | { kind: 'lost'; text: string };

/** Evaluates the files of a folder, each separately. */
export interface Side {
  evaluate(files: readonly string[]): Promise<Outcome[]>;
  close(): void;
}
