import type { LintLevel, LintName } from '../lang/lint.ts';

/** Settings of Nix that change how an expression is evaluated, or what is told of it. */
export interface EvaluationSettings {
  /** `builtins.warn` ends the evaluation. */
  abortOnWarn: boolean;
  /** How deep calls of functions may be nested; without it as deep as there is memory for. */
  maxCallDepth?: number | undefined;
  /** `builtins.traceVerbose` prints. */
  traceVerbose: boolean;
  /** What an expression builds it may read while it is evaluated. */
  allowImportFromDerivation: boolean;
  /** A warning says of each such build that it takes place. */
  traceImportFromDerivation: boolean;
  lints: Readonly<Partial<Record<LintName, LintLevel>>>;
}

export const defaultEvaluationSettings: EvaluationSettings = {
  abortOnWarn: false,
  traceVerbose: false,
  allowImportFromDerivation: true,
  traceImportFromDerivation: false,
  lints: {},
};
