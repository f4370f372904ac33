/** The terminal that a machine's console is shown on. */
export interface TerminalSize {
  rows: number;
  columns: number;
}

export interface GuestTerminal {
  /** Has each key given as it is typed, and nothing shown but what is written; the answer undoes it. */
  open(listener: { input(bytes: Uint8Array): void; resize(): void }): { close(): void };
  /** A person types; else what comes is from a file or a program. */
  readonly isTerminal: boolean;
  /** Of the terminal; undefined when there is none. */
  size(): TerminalSize | undefined;
  /** Shows bytes as they are; false: call `written` before more. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when what was written is shown. */
  written(): Promise<void>;
  /** Reads no more until `resume`. */
  pause(): void;
  resume(): void;
}
