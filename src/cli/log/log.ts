/** A command's progress and messages on standard error; the variants are Nix's `--log-format`. */
import type { ProgressEvent } from '../../base/progress.ts';
import type { BuildEvent, FetchEvent, RealisePlan } from '../../realise/realise-types.ts';
import type { Output } from '../output.ts';

/** Nix's verbosity levels. */
export const levels = { error: 0, warning: 1, notice: 2, info: 3, talkative: 4 } as const;
export type Level = (typeof levels)[keyof typeof levels];

export interface Log {
  /** The build plan is known. May be called several times: an evaluation builds what it imports. */
  planned(plan: RealisePlan): void;
  onProgress(event: ProgressEvent): void;
  onBuild(event: BuildEvent): void;
  onFetch(event: FetchEvent): void;
  /** A line logged by a builder. */
  buildLine(name: string, line: string, drvPath: string): void;
  /** `bare`: the text without its prefix ("error:") and colours, if any. */
  message(level: Level, text: string, bare?: string): void;
  /** Makes room for a result on standard output. */
  clear(): void;
  /** The work is over, successful or not. */
  end(): void;
}

/** The output: standard error or a substitute. */
export type LogOutput = Pick<Output, 'text' | 'draw' | 'columns'>;

export const logFormats = ['bar', 'bar-with-logs', 'raw', 'raw-with-logs', 'internal-json'] as const;
export type LogFormat = (typeof logFormats)[number];
