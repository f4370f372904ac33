/** What a long step tells of itself; the terminal's progress display is made from these. */
export type ProgressEvent =
  | { type: 'start'; id: string; activity: string; totalBytes?: number }
  | { type: 'advance'; id: string; bytes: number }
  | { type: 'finish'; id: string };
