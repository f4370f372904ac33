/**
 * What src/api/pipeline.ts asks of the flake half; `openFlakeSession(options): FlakeSession` in session.ts answers it. A session holds the
 * evaluator's worker, started when first needed, and what was locked so far.
 */
import type { ProgressEvent } from '../base/progress.ts';
import type { FlakeOptions } from '../settings/options.ts';
import type { LocalStore } from '../store/local-store.ts';
import type { RegistryRequest } from '../flake/registry/commands.ts';

/** `kind` is "warning" unless given; "evaluation warning" for what a program says by builtins.warn. */
export type OnWarning = (line: string, kind?: 'warning' | 'evaluation warning') => void;

export interface FlakeSessionOptions {
  store: LocalStore;
  cwd: string;
  settings: FlakeOptions;
  /** The process's own unless told. */
  env?: NodeJS.ProcessEnv | undefined;
  signal: AbortSignal;
  /** Ends what is fetched for the evaluation at hand, and no more than that. `signal` unless told. */
  callSignal?: () => AbortSignal;
  onProgress(event: ProgressEvent): void;
  onNote(line: string): void;
  /** What is read, fetched and copied; told only where this is given. */
  onDetail?(line: string): void;
  onWarning: OnWarning;
  /** Builds `drvPath!output` items for import from derivation. */
  realise(items: string[]): Promise<void>;
}

export interface EvaluatedInstallable {
  /** As it was asked for. */
  installable: string;
  drvPath: string;
  /** The outputs asked for. */
  outputNames: string[];
  /** Output name to logical path, of the outputs asked for. */
  outputs: Record<string, string>;
  attrPath: string;
  /** For a configuration's image: what `run` needs of it. */
  meta?: Record<string, unknown>;
}

export interface EvalRequest {
  installable?: string | undefined;
  expr?: string | undefined;
  file?: string | undefined;
  apply?: string | undefined;
  /** `--arg` and `--argstr`: for functions on the way to the attribute. */
  args?: Record<string, EvalArgument>;
  format: 'nix' | 'json' | 'raw' | 'strict';
  /** Indent JSON. */
  pretty?: boolean;
  /** Write the string, or the set of strings as a folder of files, to this path, which must not exist. Nothing is printed then. */
  writeTo?: string | undefined;
}

export type EvalArgument = { expr: string } | { text: string };

export interface ReplStart {
  installables: string[];
  file?: string | undefined;
  expr?: string | undefined;
  args?: Record<string, EvalArgument>;
}

/** What a repl asks of the worker. `final`: no more text will follow. `width`: of the terminal, in columns. */
export type ReplRequest = ({ type: 'start' } & ReplStart) | { type: 'line'; text: string; final: boolean; colour: boolean; width: number };

export interface ReplReply {
  /** The text ends too early; more of it may make it right. */
  incomplete?: true;
  /** For standard output, without a last line break. */
  output?: string;
  /** Variables were defined or loaded. */
  changed?: true;
  quit?: true;
  /** A file to show in the user's editor; 0 is no line. */
  edit?: { file: string; line: number };
  /** Whether errors show all their steps. */
  showTrace?: boolean | 'toggle';
}

/** `completions` take the place of `replaced`, the end of what was typed. */
export interface ReplCompletion {
  replaced: string;
  completions: string[];
}

export interface FlakeSession {
  evaluateInstallable(installable: string): Promise<EvaluatedInstallable>;
  evaluateExpression(request: EvalRequest): Promise<string>;
  lock(flake: string): Promise<void>;
  metadata(flake: string, options: { json: boolean }): Promise<string>;
  show(flake: string, options: { json: boolean; legacy: boolean }): Promise<string>;
  /** Evaluates every output, throws at the first fault, answers the checks of this system. */
  check(flake: string): Promise<EvaluatedInstallable[]>;
  /** Lists or changes flake registries; answers the lines to print. */
  registry(request: RegistryRequest): Promise<string[]>;
  /** A repl's variables live in the session. */
  repl(request: ReplRequest): Promise<ReplReply>;
  replComplete(text: string): Promise<ReplCompletion>;
  /** Ends what the repl is evaluating: its answer is the error `repl/interrupted`. */
  interrupt(): void;
  close(): Promise<void>;
}
