/** The terminal that shows a machine's console. */
export interface TerminalSize {
  rows: number;
  columns: number;
}

/**
 * Milliseconds to wait before a guest receives the size, and receives it again: a login opens its terminal anew and sets the size to that
 * of a moment before, or to nothing.
 */
export const sizePauses = [0, 1000, 3000];

export interface GuestTerminal {
  /** Passes each key as it is typed, without echo. Returns a function that restores the terminal. */
  open(listener: { input(bytes: Uint8Array): void; resize(): void }): { close(): void };
  /** Whether a user types; otherwise the input comes from a file or a program. */
  readonly isTerminal: boolean;
  /** Of the terminal; undefined when there is none. */
  size(): TerminalSize | undefined;
  /** Shows bytes unchanged. Returns false when `written` must be awaited before more. */
  write(bytes: Uint8Array): boolean;
  /** Resolves when everything written is shown. */
  written(): Promise<void>;
  /** Stops reading until `resume`. */
  pause(): void;
  resume(): void;
}
