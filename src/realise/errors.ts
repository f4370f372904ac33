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
