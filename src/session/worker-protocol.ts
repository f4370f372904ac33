/** The messages between the main thread's session and the evaluator's worker. All of them are plain data. */
import type { IndexPart } from '../debian/package-index.ts';
import type { SerializedError } from '../base/errors.ts';
import type { ProgressEvent } from '../base/progress.ts';
import type { ChannelEnd } from '../system/blocking-channel.ts';
import type { DownloadResponse, DownloadRequest } from '../fetch/download-service.ts';
import type { EvaluationOptions } from '../settings/options.ts';
import type { SettingEntry } from '../settings/nix-conf.ts';
import type { RegistryRequest } from '../flake/registry/commands.ts';
import type { DebianPackages, Program, Purpose } from './session-types.ts';
import type { DerivationRequest, EvalRequest, ReplCompletion, ReplReply, ReplRequest } from './session-types.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';

export interface WorkerStart {
  options: EvaluationOptions;
  /** Receives a MainThreadCall and replies with its result. */
  calls: ChannelEnd;
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
  /** The settings that its flake wants, and those of them that applied, if any. */
  settings?: { wanted: SettingEntry[]; applied: SettingEntry[] };
  /** To run it. */
  program?: Program;
  /** The machine that it describes, unchecked, and whether its flake is in files of this machine. */
  machine?: { options: unknown; isLocal: boolean };
  /** The packages of Debian that it needs to run, and the derivation of their merged tree, which becomes /usr. */
  debian?: DebianPackages & { drvPath: string };
}

/** The requests that the worker accepts. */
export interface WorkerRequests {
  /** `facts`: the attributes of the locked flake, present when the result is valid as long as they do not change. */
  evaluateInstallable: { argument: { text: string; purpose: Purpose }; result: { result: EvaluatedAttribute; facts?: InputAttrs } };
  /** The derivation of a merged tree of Debian's packages. */
  evaluateDebianTree: { argument: DebianPackages; result: string };
  /** The derivations of an expression or a file. */
  evaluateDerivations: { argument: DerivationRequest; result: EvaluatedAttribute[] };
  /** The names of a configuration's images. */
  imageVariants: { argument: string; result: string[] };
  evaluateExpression: { argument: EvalRequest; result: string };
  lock: { argument: string; result: void };
  metadata: { argument: { flake: string; json: boolean }; result: string };
  show: { argument: { flake: string } & ShowOptions; result: string };
  /** Releases what the worker's stores hold; the last request. */
  close: { argument: undefined; result: void };
  repl: { argument: ReplRequest; result: ReplReply };
  replComplete: { argument: string; result: ReplCompletion };
  check: { argument: string; result: EvaluatedAttribute[] };
  registry: { argument: RegistryRequest; result: string[] };
}

/** The requests of the worker to the main thread, which block the worker. */
export interface MainThreadRequests {
  realise: { argument: string[]; result: void };
  lockDebian: { argument: { suite: string; previous?: InputAttrs }; result: InputAttrs };
  ensureDebianIndex: { argument: { lock: InputAttrs; of: IndexPart }; result: void };
  lockRepository: { argument: { wanted: InputAttrs; previous?: InputAttrs }; result: InputAttrs };
  ensureRepositoryIndex: { argument: InputAttrs; result: void };
  download: { argument: DownloadRequest; result: DownloadResponse };
  progress: { argument: ProgressEvent; result: void };
  /** Asks for a flake's settings; returns all that apply from now on, of this flake last. */
  flakeSettings: { argument: SettingEntry[]; result: SettingEntry[] };
}

export interface MainThreadCall {
  method: keyof MainThreadRequests;
  argument: unknown;
}

export type ToWorker = {
  [M in keyof WorkerRequests]: { id: number; method: M; argument: WorkerRequests[M]['argument'] };
}[keyof WorkerRequests];

export type FromWorker =
  | { type: 'result'; id: number; value: unknown }
  | { type: 'error'; id: number; error: SerializedError }
  /** The first of all, in a process that is not the command line's own. `task`: the kernel's number of the thread. */
  | { type: 'begun'; task: string | undefined }
  | { type: 'note'; message: string }
  | { type: 'detail'; message: string }
  | { type: 'warning' | 'evaluation warning'; message: string }
  | { type: 'trace'; message: string };
