/** Attributes of a derivation that its build heeds, from the environment or the structured attributes. Texts are byte strings. */
import { BootflakeError } from '../../base/errors.ts';
import type { Derivation } from '../../nix-format/derivation.ts';
import { STRUCTURED_ATTRS } from '../../nix-format/structured-attrs.ts';
import { JsonNumber, parseJson, type Json, type JsonObject } from './json-bytes.ts';

/** What an output may refer to and how large it may be; see the manual on `outputChecks`. */
export interface OutputChecks {
  /** Bytes of the output's NAR. */
  maxSize: bigint | undefined;
  /** Bytes of the NARs of its closure. */
  maxClosureSize: bigint | undefined;
  /** Store paths and names of outputs; undefined where anything is allowed. */
  allowedReferences: readonly string[] | undefined;
  allowedRequisites: readonly string[] | undefined;
  disallowedReferences: readonly string[];
  disallowedRequisites: readonly string[];
  /** An output may always refer to itself. */
  ignoreSelfReferences: boolean;
}

export interface DerivationOptions {
  /** Undefined for a derivation without structured attributes. */
  structured: JsonObject | undefined;
  passAsFile: ReadonlySet<string>;
  /** File names, or keys of the structured attributes, and the store paths whose closure they get. */
  exportReferencesGraph: ReadonlyMap<string, readonly string[]>;
  /** Of an output, by name. */
  outputChecks(output: string): OutputChecks | undefined;
  /** Outputs whose references are not looked for. */
  unsafeDiscardReferences: ReadonlySet<string>;
  noChroot: boolean;
  impureHostDeps: readonly string[];
  impureEnvVars: readonly string[];
  requiredSystemFeatures: readonly string[];
  /** An input that becomes /usr: a merged tree of Debian's packages. Not an attribute of Nix. */
  debianTree: string | undefined;
  /** The outputs are of no use: the builder fails if something is wrong. Not an attribute of Nix. */
  onlyChecks: boolean;
}

/** Throws `build/bad-attribute` for an attribute of the wrong type. */
export function derivationOptions(drv: Derivation): DerivationOptions {
  const json = drv.env.get(STRUCTURED_ATTRS);
  return json === undefined ? environmentOptions(drv.env) : structuredOptions(parseJson(json));
}

function environmentOptions(env: ReadonlyMap<string, string>): DerivationOptions {
  const words = (name: string): string[] | undefined =>
    env
      .get(name)
      ?.split(/[ \t\n\r]+/)
      .filter(Boolean);
  const checks: OutputChecks = {
    maxSize: undefined,
    maxClosureSize: undefined,
    allowedReferences: words('allowedReferences'),
    allowedRequisites: words('allowedRequisites'),
    disallowedReferences: words('disallowedReferences') ?? [],
    disallowedRequisites: words('disallowedRequisites') ?? [],
    ignoreSelfReferences: true,
  };
  return {
    structured: undefined,
    passAsFile: new Set(words('passAsFile')),
    exportReferencesGraph: exportedPairs(words('exportReferencesGraph') ?? []),
    outputChecks: () => checks,
    unsafeDiscardReferences: new Set(),
    noChroot: env.get('__noChroot') === '1',
    impureHostDeps: words('__impureHostDeps') ?? [],
    impureEnvVars: words('impureEnvVars') ?? [],
    requiredSystemFeatures: words('requiredSystemFeatures') ?? [],
    debianTree: env.get('debianTree'),
    onlyChecks: env.get('onlyChecks') === '1',
  };
}

/** `NAME PATH NAME PATH ...`. The names become files. */
function exportedPairs(words: readonly string[]): Map<string, string[]> {
  if (words.length % 2 !== 0) throw badAttribute('exportReferencesGraph', 'pairs of a file name and a store path', words.join(' '));
  const pairs = new Map<string, string[]>();
  for (let i = 0; i < words.length; i += 2) {
    const [name, path] = [words[i]!, words[i + 1]!];
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) throw badAttribute('exportReferencesGraph', 'valid file names', name);
    pairs.set(name, [path]);
  }
  return pairs;
}

function structuredOptions(value: Json): DerivationOptions {
  const attributes = objectOf('__json', value);
  const strings = (name: string, from: JsonObject = attributes): string[] | undefined =>
    from.has(name) ? stringsOf(name, from.get(name)!) : undefined;
  const checks = new Map<string, OutputChecks>();
  for (const [output, given] of attributes.has('outputChecks') ? objectOf('outputChecks', attributes.get('outputChecks')!) : [])
    checks.set(output, structuredChecks(objectOf('outputChecks', given), strings));
  const discarded = attributes.has('unsafeDiscardReferences')
    ? objectOf('unsafeDiscardReferences', attributes.get('unsafeDiscardReferences')!)
    : new Map<string, Json>();
  const exported = attributes.get('exportReferencesGraph');
  const tree = attributes.get('debianTree');
  return {
    structured: attributes,
    passAsFile: new Set(),
    // Nix ignores one that is no object.
    exportReferencesGraph: new Map(exported instanceof Map ? [...exported].map(([key, paths]) => [key, flattened(paths)] as const) : []),
    outputChecks: (output) => checks.get(output),
    unsafeDiscardReferences: new Set([...discarded].filter(([, value]) => value === true).map(([output]) => output)),
    noChroot: attributes.get('__noChroot') === true,
    impureHostDeps: strings('__impureHostDeps') ?? [],
    impureEnvVars: strings('impureEnvVars') ?? [],
    requiredSystemFeatures: strings('requiredSystemFeatures') ?? [],
    debianTree: typeof tree === 'string' ? tree : undefined,
    onlyChecks: attributes.get('onlyChecks') === true,
  };
}

function structuredChecks(object: JsonObject, strings: (name: string, from: JsonObject) => string[] | undefined): OutputChecks {
  const size = (name: string): bigint | undefined => {
    const value = object.get(name);
    if (value === undefined) return undefined;
    if (value instanceof JsonNumber && /^[0-9]+$/.test(value.digits)) return BigInt(value.digits);
    throw badAttribute(`outputChecks...${name}`, 'a number of bytes', value);
  };
  return {
    maxSize: size('maxSize'),
    maxClosureSize: size('maxClosureSize'),
    allowedReferences: strings('allowedReferences', object),
    allowedRequisites: strings('allowedRequisites', object),
    disallowedReferences: strings('disallowedReferences', object) ?? [],
    disallowedRequisites: strings('disallowedRequisites', object) ?? [],
    ignoreSelfReferences: false,
  };
}

function flattened(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return [...new Set(value.flatMap(flattened))].sort();
  throw badAttribute('exportReferencesGraph', 'store paths, or lists of them', value);
}

function objectOf(name: string, value: Json): JsonObject {
  if (value instanceof Map) return value;
  throw badAttribute(name, 'a set', value);
}

function stringsOf(name: string, value: Json): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw badAttribute(name, 'a list of strings', value);
}

function badAttribute(name: string, expected: string, value: unknown): BootflakeError {
  const shown = typeof value === 'string' ? `'${value}'` : value instanceof JsonNumber ? value.digits : `a ${typeof value}`;
  return new BootflakeError({ code: 'build/bad-attribute', message: `the attribute '${name}' must be ${expected}, but it is ${shown}` });
}
