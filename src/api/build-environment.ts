/** The environment of a build, as `environmentDerivation` writes it: parsed, and as a script for bash. All texts are byte strings. */
import { readFileSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { BootflakeError } from '../base/errors.ts';
import { singleQuoted } from '../base/shell-quote.ts';

const text = v.string();
const variable = v.union([
  v.object({ type: v.picklist(['var', 'exported']), value: text }),
  v.object({ type: v.literal('array'), value: v.array(text) }),
  v.object({ type: v.literal('associative'), value: v.record(text, text) }),
]);
const schema = v.object({
  variables: v.record(text, variable),
  bashFunctions: v.record(text, text),
  structuredAttrs: v.optional(v.object({ '.attrs.sh': text, '.attrs.json': text })),
});

export type BuildEnvironment = v.InferOutput<typeof schema>;
type Variable = v.InferOutput<typeof variable>;

/** Bytes: environments of nixpkgs have about 100,000. */
const MOST_BYTES = 64 << 20;

/** What bash takes for the name of a variable; a function may have more characters in its name. */
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const functionName = /^[^\s\0-\x1f$`'"\\&|;<>()\x7f]+$/;

/** Throws `build/bad-environment`. `file`: its physical path. */
export function readBuildEnvironment(file: string): BuildEnvironment {
  const { size } = statSync(file);
  if (size > MOST_BYTES) throw badEnvironment(file, `it has ${size} bytes, more than an environment can have`);
  try {
    const environment = v.parse(schema, JSON.parse(readFileSync(file, 'latin1')));
    for (const name of Object.keys(environment.variables)) if (!variableName.test(name)) throw new Error(`'${name}' is no variable`);
    for (const name of Object.keys(environment.bashFunctions)) if (!functionName.test(name)) throw new Error(`'${name}' is no function`);
    return environment;
  } catch (error) {
    throw badEnvironment(file, (error as Error).message);
  }
}

function badEnvironment(file: string, why: string): BootflakeError {
  return new BootflakeError({ code: 'build/bad-environment', message: `'${file}' is not the environment of a build: ${why}` });
}

/** With Nix's keys, sorted. */
export function environmentJson({ variables, bashFunctions, structuredAttrs }: BuildEnvironment): string {
  const sorted = <T>(record: Record<string, T>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  const ordered = Object.fromEntries(Object.entries(sorted(variables)).map(([name, { type, value }]) => [name, { type, value }]));
  return JSON.stringify({ bashFunctions: sorted(bashFunctions), ...(structuredAttrs && { structuredAttrs }), variables: ordered });
}

/** Variables of the build that make no sense in a shell, or that the user's own must stay. */
const left = new Set([
  'BASHOPTS',
  'HOME',
  'NIX_BUILD_TOP',
  'NIX_ENFORCE_PURITY',
  'NIX_LOG_FD',
  'NIX_REMOTE',
  'PPID',
  'SHELLOPTS',
  'SSL_CERT_FILE',
  'TEMP',
  'TEMPDIR',
  'TERM',
  'TMP',
  'TMPDIR',
  'TZ',
  'UID',
]);

/** Search paths, which the build's come before. */
const prepended = ['PATH', 'XDG_DATA_DIRS'];

export interface ScriptOptions {
  /** The folder that stands for the outputs in the shell. */
  outputsFolder: string;
  /** Other paths to replace in the script. */
  replace?: ReadonlyMap<string, string>;
}

/** Returns the script that a shell reads to have the environment, with the shell hook of the derivation. */
export function environmentShell(environment: BuildEnvironment, { outputsFolder, replace = new Map() }: ScriptOptions): string {
  const lines = [
    'unset shellHook',
    ...prepended.flatMap((name) => [`${name}=\${${name}:-}`, `nix_saved_${name}="$${name}"`]),
    ...Object.entries(environment.variables).flatMap(([name, value]) => (left.has(name) ? [] : assignment(name, value))),
    ...Object.entries(environment.bashFunctions).map(([name, body]) => `${name} ()\n{\n${body}}`),
    ...prepended.map((name) => `${name}="$${name}\${nix_saved_${name}:+:$nix_saved_${name}}"`),
    'export NIX_BUILD_TOP="$(mktemp -d -t nix-shell.XXXXXX)"',
    ...['TMP', 'TMPDIR', 'TEMP', 'TEMPDIR'].map((name) => `export ${name}="$NIX_BUILD_TOP"`),
    'eval "${shellHook:-}"',
  ];
  const outputs = outputPaths(environment).map(([name, path]): [string, string] => [path, `${outputsFolder}/${name}`]);
  let script = `${lines.join('\n')}\n`;
  for (const [from, to] of [...outputs, ...replace]) if (from !== '') script = script.replaceAll(from, () => to);
  return script;
}

function assignment(name: string, variable: Variable): string[] {
  switch (variable.type) {
    case 'array':
      return [`declare -a ${name}=(${variable.value.map((item) => `${singleQuoted(item)} `).join('')})`];
    case 'associative':
      return [
        `declare -A ${name}=(${Object.entries(variable.value)
          .map(([key, item]) => `[${singleQuoted(key)}]=${singleQuoted(item)} `)
          .join('')})`,
      ];
    default:
      return [`${name}=${singleQuoted(variable.value)}`, ...(variable.type === 'exported' ? [`export ${name}`] : [])];
  }
}

function outputPaths({ variables }: BuildEnvironment): [name: string, path: string][] {
  const { outputs } = variables;
  if (outputs?.type === 'associative') return Object.entries(outputs.value);
  const names = outputs?.type === 'array' ? outputs.value : (outputs?.value ?? 'out').split(/\s+/).filter(Boolean);
  return names.flatMap((name) => {
    const path = variables[name];
    return path?.type === 'var' || path?.type === 'exported' ? [[name, path.value] as [string, string]] : [];
  });
}
