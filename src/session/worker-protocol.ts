/** The messages between the main thread's session and the evaluator's worker. All of them are plain data. */
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
  /** Whether details are reported. */
  details: boolean;
  /** Not 0: end the current evaluation, if it is a repl's. */
  interrupt: Int32Array;
}

export interface ShowOptions {
  json: boolean;
  legacy: boolean;
}

/** An installable's derivation, also the form cached between runs. */
export interface EvaluatedAttribute {
  drvPath: string;
  outputNames: string[];
  outputs: Record<string, string>;
  attrPath: string;
  meta: Record<string, unknown>;
}

/** The requests that the worker accepts. */
export interface WorkerRequests {
  /** `facts`: the attributes of the locked flake, present when the result is valid as long as they do not change. */
  evaluateInstallable: { argument: string; answer: { result: EvaluatedAttribute; facts?: InputAttrs } };
  evaluateExpression: { argument: EvalRequest; answer: string };
  lock: { argument: string; answer: void };
  metadata: { argument: { flake: string; json: boolean }; answer: string };
  show: { argument: { flake: string } & ShowOptions; answer: string };
  /** Releases what the worker's stores hold; the last request. */
  close: { argument: undefined; answer: void };
  repl: { argument: ReplRequest; answer: ReplReply };
  replComplete: { argument: string; answer: ReplCompletion };
  check: { argument: string; answer: EvaluatedAttribute[] };
  registry: { argument: RegistryRequest; answer: string[] };
}

/** The requests of the worker to the main thread, which block the worker. */
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
  | { type: 'note'; message: string }
  | { type: 'detail'; message: string }
  | { type: 'warning' | 'evaluation warning'; message: string }
  | { type: 'trace'; message: string };
