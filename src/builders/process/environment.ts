/** The environment and the files that a builder starts with, as Nix makes them. All texts are byte strings. */
import { digest } from '../../nix-format/hash.ts';
import { nixBase32Encode } from '../../nix-format/base32.ts';
import { isFixedOutput, outputPlaceholder, type Derivation } from '../../nix-format/derivation.ts';
import { STORE_DIR } from '../../nix-format/store-path.ts';
import { attributesShell } from './attributes-shell.ts';
import type { DerivationOptions } from './derivation-options.ts';
import { writeJson, type Json } from './json-bytes.ts';

export interface EnvironmentRequest {
  drv: Derivation;
  options: DerivationOptions;
  /** The build's folder as the builder sees it. */
  buildDirectory: string;
  cores: number;
  /** Variables of the user, for `impureEnvVars`. */
  host: NodeJS.ProcessEnv;
  /** The exported graphs, by file name or key of the structured attributes. */
  graphs: ReadonlyMap<string, Json>;
}

export interface BuilderEnvironment {
  env: Map<string, string>;
  args: string[];
  /** By name, for the build's folder. */
  files: Map<string, string>;
}

export function builderEnvironment(request: EnvironmentRequest): BuilderEnvironment {
  const { drv, options, buildDirectory, cores, host } = request;
  const env = new Map([
    ['PATH', '/path-not-set'],
    ['HOME', '/homeless-shelter'],
    ['NIX_STORE', STORE_DIR],
    ['NIX_BUILD_CORES', String(cores)],
  ]);
  const files = new Map<string, string>();
  const inFile = (variable: string, file: string, text: string): void => {
    files.set(file, text);
    env.set(variable, `${buildDirectory}/${file}`);
  };
  if (options.structured) structuredFiles(request, inFile);
  else {
    for (const [name, value] of drv.env) {
      if (options.passAsFile.has(name))
        inFile(`${name}Path`, `.attr-${nixBase32Encode(digest('sha256', Buffer.from(name, 'latin1')))}`, value);
      else env.set(name, value);
    }
    for (const [file, text] of request.graphs) files.set(file, text as string);
  }
  for (const name of ['NIX_BUILD_TOP', 'TMPDIR', 'TEMPDIR', 'TMP', 'TEMP', 'PWD']) env.set(name, buildDirectory);
  if (isFixedOutput(drv)) {
    env.set('NIX_OUTPUT_CHECKED', '1');
    for (const name of options.impureEnvVars) env.set(name, Buffer.from(host[name] ?? '').toString('latin1'));
  }
  env.set('NIX_LOG_FD', '2');
  env.set('TERM', 'xterm-256color');
  const replaced = placeholders(drv);
  return {
    // Programs may show them in this order.
    env: new Map([...env].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [replaced(name), replaced(value)])),
    args: drv.args.map(replaced),
    files: new Map([...files].map(([name, text]) => [name, replaced(text)])),
  };
}

function structuredFiles(
  { drv, options, graphs }: EnvironmentRequest,
  inFile: (variable: string, file: string, text: string) => void,
): void {
  const attributes = new Map(options.structured);
  attributes.set('outputs', new Map([...drv.outputs.keys()].map((name) => [name, outputPlaceholder(name)])));
  for (const [key, graph] of graphs) attributes.set(key, graph);
  inFile('NIX_ATTRS_SH_FILE', '.attrs.sh', attributesShell(attributes));
  inFile('NIX_ATTRS_JSON_FILE', '.attrs.json', writeJson(attributes));
}

/** Returns what replaces `builtins.placeholder OUTPUT` in a text by the output's path. */
function placeholders(drv: Derivation): (text: string) => string {
  const paths = [...drv.outputs].map(([name, { path }]) => [outputPlaceholder(name), path] as const);
  return (text) =>
    paths.reduce((done, [placeholder, path]) => (done.includes(placeholder) ? done.replaceAll(placeholder, () => path) : done), text);
}
