/** What a command says while it works, on standard error; the variants are Nix's `--log-format`. */
import type { ProgressEvent } from '../../base/progress.ts';
import type { BuildEvent, RealisePlan } from '../../realise/realise-types.ts';
import type { Output } from '../output.ts';

/** Nix's numbers of importance. */
export const levels = { error: 0, warning: 1, notice: 2, info: 3, talkative: 4 } as const;
export type Level = (typeof levels)[keyof typeof levels];

export interface Log {
  /** What is to be built is known. May come again: an evaluation builds what it imports. */
  planned(plan: RealisePlan): void;
  onProgress(event: ProgressEvent): void;
  onBuild(event: BuildEvent): void;
  /** A line that a builder logged. */
  buildLine(name: string, line: string, drvPath: string): void;
  /** `bare`: the text without its head ("error:") and colours, where it has them. */
  message(level: Level, text: string, bare?: string): void;
  /** Makes room for a result on standard output. */
  clear(): void;
  /** The work is over, whatever its end. */
  end(): void;
}

/** Where it goes: standard error, or what stands for it. */
export type LogOutput = Pick<Output, 'text' | 'draw' | 'columns'>;

export const logFormats = ['bar', 'bar-with-logs', 'raw', 'raw-with-logs', 'internal-json'] as const;
export type LogFormat = (typeof logFormats)[number];
