import { BootflakeError } from '../base/errors.ts';
import type { DerivationNode } from './derivation-graph.ts';

export function unknownBuilder(node: DerivationNode): BootflakeError {
  return new BootflakeError({
    code: 'build/unknown-builder',
    message: `derivation '${node.drvPath}' requires the builder '${node.builder}', which this version of bootflake does not have`,
  });
}

/** Adds the derivation and the end of its log to an error's trace; a BootflakeError keeps its code and message. */
export function buildFailure(node: DerivationNode, error: unknown, logTail: string[]): unknown {
  const failure =
    error instanceof BootflakeError
      ? error
      : new BootflakeError({
          code: 'build/failed',
          cause: error,
          message: `builder '${node.builder}' failed: ${error instanceof Error ? error.message : String(error)}`,
        });
  for (const line of logTail) failure.trace.push({ message: `log: ${line}` });
  failure.trace.push({ message: `while building '${node.drvPath}'` });
  return failure;
}

export function missingOutput(node: DerivationNode, output: string): BootflakeError {
  return new BootflakeError({
    code: 'build/missing-output',
    message: `builder '${node.builder}' made no output '${output}' at '${node.outputPath(output)}'`,
  });
}

export function wrongHash(node: DerivationNode, path: string, wanted: string, found: string): BootflakeError {
  return new BootflakeError({
    code: 'store/hash-mismatch',
    message: `hash mismatch in fixed-output derivation '${node.drvPath}':\n  specified: ${wanted}\n     got:    ${found}`,
    hint: `If the new contents of '${path}' are what you want, write the hash found into the expression.`,
  });
}

export function fixedWithReferences(node: DerivationNode, references: readonly string[]): BootflakeError {
  return new BootflakeError({
    code: 'build/fixed-with-references',
    message:
      `fixed-output derivations must not reference store paths: '${node.drvPath}' references ${references.length} distinct paths, ` +
      `e.g. '${references[0]}'`,
  });
}

export function notDeterministic(node: DerivationNode, path: string, difference: string): BootflakeError {
  return new BootflakeError({
    code: 'store/not-deterministic',
    message: `derivation '${node.drvPath}' may not be deterministic: output '${path}' differs from a second build: ${difference}`,
  });
}

const MOST_NAMED = 8;

/** `referrers`: the store paths that refer to the damaged ones, which must go with them. */
export function damagedInput(node: DerivationNode, damaged: string[], referrers: string[]): BootflakeError {
  const all = [...damaged, ...referrers];
  const [one] = damaged;
  return new BootflakeError({
    code: 'store/damaged-input',
    message:
      `a second build of '${node.drvPath}' cannot be compared with the first: ` +
      (damaged.length === 1
        ? `its input '${one}' has changed on the disk since then`
        : `${damaged.length} of its inputs, one of them '${one}', have changed on the disk since then`),
    hint:
      all.length > MOST_NAMED
        ? 'Run: bootflake store verify --check-contents  to list them. Delete them and what refers to them (bootflake store delete), ' +
          'and build again.'
        : `Delete it and what was made from it, and build again. Run: bootflake store delete --ignore-liveness ${all.join(' ')}`,
  });
}

export function notBuiltYet(node: DerivationNode, path: string): BootflakeError {
  return new BootflakeError({
    code: 'store/rebuild-not-built',
    message: `'${path}' is not in the store yet, so a second build of '${node.drvPath}' has nothing to be compared with`,
    hint: 'Build it once without --rebuild.',
  });
}

/** `error`: why the fetch failed. */
export function substitutionFailed(node: DerivationNode, error: unknown): unknown {
  const failure =
    error instanceof BootflakeError
      ? error
      : new BootflakeError({ code: 'store/substitution-failed', cause: error, message: String(error) });
  failure.trace.push({ message: `while fetching the outputs of '${node.drvPath}' from a binary cache` });
  failure.hint ??= 'Run again, or add --fallback to build what cannot be fetched.';
  return failure;
}

/** A source of a derivation is neither in the store nor in a cache. */
export function noSubstitute(node: DerivationNode, path: string): BootflakeError {
  return new BootflakeError({
    code: 'store/no-substitute',
    message: `the source '${path}' of derivation '${node.drvPath}' is not in the store, and no binary cache has it with all its references`,
    hint: 'Evaluate the flake that the derivation comes from here, or add a cache that has it: --option extra-substituters URL',
  });
}

/** `path` was asked for by itself. */
export function pathWithoutSubstitute(path: string): BootflakeError {
  return new BootflakeError({
    code: 'store/no-substitute',
    message: `path '${path}' is required, but there is no substituter that can build it`,
    hint: 'Add a binary cache that has it: --option extra-substituters URL',
  });
}

const MOST_LISTED = 8;

/** `subject`: the derivation or store path that was not made. */
export interface Failure {
  subject: string;
  error: unknown;
}

/**
 * The summary of a run that kept going, after each failure has been reported by itself: what was not made, with the first line of why.
 * One failure keeps its code; several have `build/several-failed`.
 */
export function reportedFailures(failures: readonly Failure[]): BootflakeError {
  const lines = failures.slice(0, MOST_LISTED).map(({ subject, error }) => {
    const why = firstLine(error);
    return why.includes(subject) ? `  ${why}` : `  '${subject}': ${why}`;
  });
  if (failures.length > MOST_LISTED) lines.push(`  and ${failures.length - MOST_LISTED} more`);
  const [{ error }] = failures as [Failure];
  const code = failures.length > 1 ? 'build/several-failed' : error instanceof BootflakeError ? error.code : 'build/failed';
  const message = [failures.length > 1 ? `${failures.length} builds failed:` : '1 build failed:', ...lines].join('\n');
  return new BootflakeError({ code, message });
}

function firstLine(failure: unknown): string {
  const text = failure instanceof Error ? failure.message : String(failure);
  return text.split('\n', 1)[0]!;
}
