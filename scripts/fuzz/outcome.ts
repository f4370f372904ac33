/** What one evaluator made of an expression. */
export type Outcome =
  | { kind: 'value'; text: string }
  /** The innermost error, in one line. */
  | { kind: 'error'; text: string }
  /** It did not respond in time, or died. */
  | { kind: 'lost'; text: string };

/** Evaluates files of a folder, each by itself. */
export interface Side {
  evaluate(files: readonly string[]): Promise<Outcome[]>;
  close(): void;
}
