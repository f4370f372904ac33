/**
 * The interface between src/api/pipeline.ts and the flake half; `openFlakeSession(options): FlakeSession` in session.ts implements it. A
 * session holds the evaluator's worker, started when first needed, and the flakes locked so far.
 */
import type { ProgressEvent } from '../base/progress.ts';
import type { FlakeOptions } from '../settings/options.ts';
import type { LocalStore } from '../store/local-store.ts';
import type { Confirm } from './flake-settings.ts';
import type { RegistryRequest } from '../flake/registry/commands.ts';

/** `kind` defaults to "warning"; it is "evaluation warning" for builtins.warn. */
export type OnWarning = (line: string, kind?: 'warning' | 'evaluation warning') => void;

export interface FlakeSessionOptions {
  store: LocalStore;
  cwd: string;
  settings: FlakeOptions;
  /** Defaults to the process's own. */
  env?: NodeJS.ProcessEnv | undefined;
  signal: AbortSignal;
  /** Ends only the fetches of the current evaluation. Defaults to `signal`. */
  callSignal?: () => AbortSignal;
  onProgress(event: ProgressEvent): void;
  onNote(line: string): void;
  /** Called for everything that is read, fetched and copied. */
  onDetail?(line: string): void;
  onWarning: OnWarning;
  /** Asks whether a flake may have a setting. Defaults to no. */
  confirm?: Confirm | undefined;
  /** Builds `drvPath!output` items for import from derivation. */
  realise(items: string[]): Promise<void>;
}

export interface EvaluatedInstallable {
  /** As requested. */
  installable: string;
  drvPath: string;
  /** The requested outputs. */
  outputNames: string[];
  /** Output name to logical path, of the requested outputs. */
  outputs: Record<string, string>;
  attrPath: string;
  /** For the image of a configuration: what `run` needs to know. */
  meta?: Record<string, unknown>;
  /** With the purpose `run`. */
  program?: Program;
  /** With the purposes `run`, `machine` and `deploy`: the machine that an image describes. */
  machine?: { options: unknown; isLocal: boolean };
  /** With the purposes `run` and `shell`. */
  debian?: DebianPackages & { drvPath: string };
}

/**
 * What an installable is evaluated for, which determines where it is looked for: as `nix build`, `nix run` and so on do;
 * `machine` as `build`; `deploy`: a configuration first; `build-vm`: what NixOS's nixos-rebuild build-vm builds; `image:NAME`: what its
 * build-image builds.
 */
export type Purpose = 'build' | 'run' | 'shell' | 'develop' | 'test' | 'machine' | 'deploy' | 'build-vm' | ImagePurpose;
export type ImagePurpose = `image:${string}`;

/** A program of the store, as `nix run` finds it. */
export interface Program {
  /** `/nix/store/HASH-NAME/bin/NAME`. */
  path: string;
  /** What must be built for it. */
  requests: { drvPath: string; outputs: string[] }[];
}

/** Packages of one state of Debian's archive. */
export interface DebianPackages {
  /** The trees of the apt repositories that have some of them, by name; Debian's archive has all unless given. */
  repositories?: Record<string, string>;
  /** The store path of the distribution's source. */
  source: string;
  names: string[];
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

/** A derivation in an expression or a file, as with `nix build --expr` and `--file`. */
export interface DerivationRequest {
  expr?: string | undefined;
  file?: string | undefined;
  /** The path of an attribute, with outputs (`a.b^dev`); '' for the whole value. */
  installable: string;
  /** `--arg` and `--argstr`. */
  args?: Record<string, EvalArgument> | undefined;
}

export type EvalArgument = { expr: string } | { text: string };

export interface ReplStart {
  installables: string[];
  file?: string | undefined;
  expr?: string | undefined;
  args?: Record<string, EvalArgument>;
}

/** A repl's request to the worker. `final`: no more text will follow. `width`: of the terminal, in columns. */
export type ReplRequest = ({ type: 'start' } & ReplStart) | { type: 'line'; text: string; final: boolean; colour: boolean; width: number };

export interface ReplReply {
  /** The text ends too early; more text may complete it. */
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

/** `completions` replace `replaced`, the end of the typed text. */
export interface ReplCompletion {
  replaced: string;
  completions: string[];
}

export interface FlakeSession {
  /** `purpose` defaults to `build`. */
  evaluateInstallable(installable: string, purpose?: Purpose): Promise<EvaluatedInstallable>;
  /** Returns the derivation of a merged tree of Debian's packages with the essential ones. */
  evaluateDebianTree(packages: DebianPackages): Promise<string>;
  /** All of a set or list that the installable names. */
  evaluateDerivations(request: DerivationRequest): Promise<EvaluatedInstallable[]>;
  /** Returns the names of the images that a configuration has, as `nixos-rebuild build-image` lists them. */
  imageVariants(installable: string): Promise<string[]>;
  evaluateExpression(request: EvalRequest): Promise<string>;
  lock(flake: string): Promise<void>;
  metadata(flake: string, options: { json: boolean }): Promise<string>;
  show(flake: string, options: { json: boolean; legacy: boolean }): Promise<string>;
  /** Evaluates every output, throws the first error, returns the checks of this system. */
  check(flake: string): Promise<EvaluatedInstallable[]>;
  /** Lists or changes flake registries; returns the lines to print. */
  registry(request: RegistryRequest): Promise<string[]>;
  /** A repl's variables live in the session. */
  repl(request: ReplRequest): Promise<ReplReply>;
  replComplete(text: string): Promise<ReplCompletion>;
  /** Ends the repl's current evaluation, which then throws `repl/interrupted`. */
  interrupt(): void;
  close(): Promise<void>;
}
