/** What passes between the main thread's session and the evaluator's worker. All of it is plain data. */
import type { SerializedError } from '../base/errors.ts';
import type { ProgressEvent } from '../base/progress.ts';
import type { CallLine } from '../system/main-thread-calls.ts';
import type { DownloadAnswer, DownloadRequest } from '../fetch/download-service.ts';
import type { EvaluationOptions } from '../settings/options.ts';
import type { RegistryRequest } from '../flake/registry/commands.ts';
import type { EvalRequest, ReplCompletion, ReplReply, ReplRequest } from './session-types.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';

export interface WorkerStart {
  options: EvaluationOptions;
  line: CallLine;
  /** Whether details are told. */
  details: boolean;
  /** Not 0: end the evaluation at hand, where it is one of a repl. */
  interrupt: Int32Array;
}

export interface ShowOptions {
  json: boolean;
  legacy: boolean;
}

/** An installable's derivation, as it is kept between runs too. */
export interface EvaluatedAttribute {
  drvPath: string;
  outputNames: string[];
  outputs: Record<string, string>;
  attrPath: string;
  meta: Record<string, unknown>;
}

/** What the worker can be asked. */
export interface WorkerRequests {
  /** `facts`: those of the locked flake, when the result holds as long as they do. */
  evaluateInstallable: { argument: string; answer: { result: EvaluatedAttribute; facts?: InputAttrs } };
  evaluateExpression: { argument: EvalRequest; answer: string };
  lock: { argument: string; answer: void };
  metadata: { argument: { flake: string; json: boolean }; answer: string };
  show: { argument: { flake: string } & ShowOptions; answer: string };
  /** Gives back what the worker's stores hold; the last request. */
  close: { argument: undefined; answer: void };
  repl: { argument: ReplRequest; answer: ReplReply };
  replComplete: { argument: string; answer: ReplCompletion };
  check: { argument: string; answer: EvaluatedAttribute[] };
  registry: { argument: RegistryRequest; answer: string[] };
}

/** What the worker asks of the main thread, and waits for. */
export interface MainThreadRequests {
  realise: { argument: string[]; answer: void };
  lockDebian: { argument: { suite: string; previous?: InputAttrs }; answer: InputAttrs };
  ensureDebianIndex: { argument: InputAttrs; answer: void };
  download: { argument: DownloadRequest; answer: DownloadAnswer };
  progress: { argument: ProgressEvent; answer: void };
}

export type ToWorker = {
  [M in keyof WorkerRequests]: { id: number; method: M; argument: WorkerRequests[M]['argument'] };
}[keyof WorkerRequests];

export type FromWorker =
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'error'; id: number; error: SerializedError }
  /** The first of all, in a process that is not the command line's own. `task`: the kernel's number of the thread. */
  | { type: 'begun'; task: string | undefined }
  | { type: 'note'; message: string }
  | { type: 'detail'; message: string }
  | { type: 'warning' | 'evaluation warning'; message: string }
  | { type: 'trace'; message: string };
