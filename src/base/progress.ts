/** The progress events of a long step, from which the terminal's display is made. */
export type ProgressEvent =
  /** `download`: its bytes come over the network, and count as such. `totalBytes`: where that is known. */
  | { type: 'start'; id: string; activity: string; totalBytes?: number; download?: boolean }
  | { type: 'advance'; id: string; bytes: number }
  | { type: 'finish'; id: string };
