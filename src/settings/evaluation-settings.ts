/** Nix's settings for evaluation, from nix.conf, NIX_CONFIG, the environment and the command line. */
import { type EvaluationSettings, type LintLevel, lintLevels, type LintName, lintNames } from '../evaluator/index.ts';
import { flakeError } from '../base/flake-error.ts';
import { readBoolean, readNumber } from './setting-values.ts';

/** `values`: all settings by name. Those not about evaluation are ignored. Throws `flake/bad-settings`. */
export function readEvaluationSettings(values: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): EvaluationSettings {
  const flag = (name: string, otherwise: string): boolean => readBoolean(name, values.get(name) ?? otherwise);
  const depth = values.get('max-call-depth');
  return {
    abortOnWarn: flag('abort-on-warn', ['1', 'yes', 'true'].includes(env.NIX_ABORT_ON_WARN ?? '') ? 'true' : 'false'),
    traceVerbose: flag('trace-verbose', 'false'),
    allowImportFromDerivation: flag('allow-import-from-derivation', 'true'),
    traceImportFromDerivation: flag('trace-import-from-derivation', 'false'),
    lints: readLints(values),
    ...(depth !== undefined && { maxCallDepth: readNumber('max-call-depth', depth) }),
  };
}

function readLints(values: ReadonlyMap<string, string>): Partial<Record<LintName, LintLevel>> {
  const lints: Partial<Record<LintName, LintLevel>> = {};
  // The older name of one of them, without levels.
  const short = values.get('warn-short-path-literals');
  if (short !== undefined && readBoolean('warn-short-path-literals', short)) lints['lint-short-path-literals'] = 'warn';
  for (const name of lintNames) {
    const level = values.get(name);
    if (level === undefined) continue;
    if (!lintLevels.some((known) => known === level))
      throw flakeError(
        'bad-settings',
        `setting '${name}' has invalid value '${level}' (expected 'ignore', 'warn', or 'fatal')`,
        `${name} = warn`,
      );
    lints[name] = level as LintLevel;
  }
  return lints;
}
