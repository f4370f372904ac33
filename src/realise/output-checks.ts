/** What a derivation allows its outputs to be: sizes and references, checked before they are registered. */
import { BootflakeError } from '../base/errors.ts';
import type { OutputChecks } from '../builders/process/derivation-options.ts';
import { parseStorePath } from '../nix-format/store-path.ts';
import type { ValidPathInfo } from '../store/store.ts';

export interface CheckedOutput {
  output: string;
  info: ValidPathInfo;
}

/** `known`: the record of a valid path. Throws `build/output-too-large`, `build/forbidden-reference` and `build/no-output`. */
export function checkOutputs(
  drvPath: string,
  outputs: readonly CheckedOutput[],
  checksOf: (output: string) => OutputChecks | undefined,
  known: (path: string) => ValidPathInfo | undefined,
): void {
  const fresh = new Map(outputs.map(({ info }) => [info.path, info]));
  const closure = new Closure((path) => fresh.get(path) ?? known(path));
  for (const { output, info } of outputs) {
    const checks = checksOf(output);
    if (checks === undefined) continue;
    checkSizes(info, checks, closure);
    const named = (names: readonly string[]): Set<string> => new Set(names.map((name) => namedPath(drvPath, output, name, outputs)));
    const requisites = (): string[] => closure.of(info.path).filter((path) => !(checks.ignoreSelfReferences && path === info.path));
    const { allowedReferences, allowedRequisites, disallowedReferences, disallowedRequisites } = checks;
    if (allowedReferences) refuse(info, info.references.filter(outside(named(allowedReferences))));
    if (allowedRequisites) refuse(info, requisites().filter(outside(named(allowedRequisites))));
    if (disallowedReferences.length > 0) refuse(info, info.references.filter(within(named(disallowedReferences))));
    if (disallowedRequisites.length > 0) refuse(info, requisites().filter(within(named(disallowedRequisites))));
  }
}

const within = (set: ReadonlySet<string>) => (path: string) => set.has(path);
const outside = (set: ReadonlySet<string>) => (path: string) => !set.has(path);

class Closure {
  constructor(private readonly info: (path: string) => ValidPathInfo | undefined) {}

  of(root: string): string[] {
    const found = new Set([root]);
    for (const path of found) for (const reference of this.info(path)?.references ?? []) found.add(reference);
    return [...found].sort();
  }

  size(root: string): bigint {
    return this.of(root).reduce((sum, path) => sum + BigInt(this.info(path)?.narSize ?? 0), 0n);
  }
}

function checkSizes(info: ValidPathInfo, { maxSize, maxClosureSize }: OutputChecks, closure: Closure): void {
  if (maxSize !== undefined && BigInt(info.narSize) > maxSize) throw tooLarge(`path '${info.path}'`, BigInt(info.narSize), maxSize);
  if (maxClosureSize === undefined) return;
  const size = closure.size(info.path);
  if (size > maxClosureSize) throw tooLarge(`closure of path '${info.path}'`, size, maxClosureSize);
}

function tooLarge(what: string, size: bigint, limit: bigint): BootflakeError {
  return new BootflakeError({ code: 'build/output-too-large', message: `${what} is too large at ${size} bytes; limit is ${limit} bytes` });
}

/** Returns the store path, or that of the output so named. */
function namedPath(drvPath: string, checked: string, name: string, outputs: readonly CheckedOutput[]): string {
  if (parseStorePath(name) !== undefined) return name;
  const found = outputs.find(({ output }) => output === name);
  if (found) return found.info.path;
  throw new BootflakeError({
    code: 'build/no-output',
    message:
      `derivation '${drvPath}' output check for '${checked}' contains output name '${name}', but this is not a valid output of this ` +
      `derivation. (Valid outputs are [${outputs.map(({ output }) => output).join(', ')}].)`,
  });
}

/** Paths named in an error. */
const MOST_NAMED = 20;

function refuse(info: ValidPathInfo, bad: readonly string[]): void {
  if (bad.length === 0) return;
  const named = [...bad.slice(0, MOST_NAMED), ...(bad.length > MOST_NAMED ? [`... and ${bad.length - MOST_NAMED} more`] : [])];
  throw new BootflakeError({
    code: 'build/forbidden-reference',
    message: `output '${info.path}' is not allowed to refer to the following paths:${named.map((path) => `\n  ${path}`).join('')}`,
  });
}
