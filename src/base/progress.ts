/** The progress events of a long step, from which the terminal's display is made. */
export type ProgressEvent =
  /**
   * `download`: its bytes come over the network, and count as such. `transfer`: a path is copied between these stores, or all paths are;
   * that has a line of its own in logs. `totalBytes`: where that is known.
   */
  | {
      type: 'start';
      id: string;
      activity: string;
      totalBytes?: number;
      download?: boolean;
      transfer?: { from: string; to: string } | 'all';
    }
  | { type: 'advance'; id: string; bytes: number }
  | { type: 'finish'; id: string };
