/** `bootflake develop` and `print-dev-env`: a shell in the environment of a build. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flakeError } from '../base/flake-error.ts';
import { singleQuoted } from '../base/shell-quote.ts';
import { parseInstallable } from '../flake/installable.ts';
import { environmentDerivation } from '../realise/environment-derivation.ts';
import { readSettings } from '../settings/settings.ts';
import type { LocalStore } from '../store/local-store.ts';
import { environmentJson, environmentShell, readBuildEnvironment, type BuildEnvironment } from './build-environment.ts';
import { evaluateInstallables, openStore, realiseRequests, type InstallableSource, type PipelineContext } from './pipeline.ts';
import { addProfileGeneration } from './profile.ts';
import { runProgram, type ProgramRequest } from './run-program.ts';

export interface EnvironmentRequest {
  installable: string;
  source: InstallableSource;
  /** The link that names the environment's newest generation. */
  profile?: string | undefined;
}

export interface DevelopRequest extends EnvironmentRequest, Pick<ProgramRequest, 'env' | 'passSignals'> {
  command: string[] | undefined;
  phase: string | undefined;
  /** Run the phase here and not in the flake's folder. */
  preserveCwd: boolean;
}

interface BuiltEnvironment {
  environment: BuildEnvironment;
  /** Its store path. */
  path: string;
  usr: string | undefined;
}

/** Evaluates the derivation and builds its environment. */
async function buildEnvironment(context: PipelineContext, store: LocalStore, request: EnvironmentRequest): Promise<BuiltEnvironment> {
  const [evaluated, ...more] = await evaluateInstallables(context, store, [request.installable], request.source, 'develop');
  if (more.length > 0)
    throw flakeError(
      'several-derivations',
      `${request.installable === '' ? 'the set' : `'${request.installable}'`} has ${more.length + 1} derivations, and one is required`,
      `Name one: ${[evaluated!, ...more].map(({ attrPath }) => attrPath).join(', ')}`,
    );
  const { drvPath, outputs, usr } = environmentDerivation(store, evaluated!.drvPath);
  const [made] = await realiseRequests(context, store, [{ drvPath, outputs }], {});
  const path = Object.values(made!.outputs).find((output) => statSync(store.realPath(output)).size > 0);
  if (path === undefined) throw new Error('the script of the environment has written nothing');
  if (request.profile !== undefined) addProfileGeneration(store, request.profile, path);
  return { environment: readBuildEnvironment(store.realPath(path)), path, usr };
}

/** Returns the environment as JSON, or as a script to source. */
export async function printEnvironment(context: PipelineContext, request: EnvironmentRequest, json: boolean): Promise<Buffer> {
  const { environment } = await buildEnvironment(context, await openStore(context), request);
  const text = json
    ? `${environmentJson(environment)}\n`
    : environmentShell(environment, { outputsFolder: `${bytes(context.cwd)}/outputs`, replace: attributeFiles(environment, undefined) });
  return Buffer.from(text, 'latin1');
}

/** Returns the exit status of the shell or the command. */
export async function develop(context: PipelineContext, request: DevelopRequest): Promise<number> {
  const store = await openStore(context);
  const { environment, path, usr } = await buildEnvironment(context, store, request);
  const folder = mkdtempSync(join(tmpdir(), 'nix-develop-'));
  try {
    const shell = usr === undefined ? 'bash' : '/usr/bin/bash';
    const file = join(folder, 'rc');
    writeFileSync(file, Buffer.from(shellScript(context, request, environment, folder, shell), 'latin1'), { mode: 0o600 });
    const interactive = request.phase === undefined && request.command === undefined;
    return await runProgram(context, {
      program: shell,
      args: interactive ? ['--rcfile', file] : [file],
      env: { ...request.env, NIX_GCROOT: path, SHELL: shell },
      usr,
      cwd: request.phase !== undefined && !request.preserveCwd ? flakeFolder(request, context.cwd) : undefined,
      passSignals: request.passSignals,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function shellScript(
  context: PipelineContext,
  { phase, command }: DevelopRequest,
  environment: BuildEnvironment,
  folder: string,
  shell: string,
): string {
  const script = environmentShell(environment, {
    outputsFolder: `${bytes(context.cwd)}/outputs`,
    replace: attributeFiles(environment, folder),
  });
  const end = `SHELL=${singleQuoted(shell)}\n`;
  if (phase !== undefined) return `${script}${end}${phaseLines(`${bytes(phase)}Phase`)}`;
  if (command) return `${script}${end}exec ${command.map((word) => singleQuoted(bytes(word))).join(' ')}\n`;
  return (
    '[ -n "$PS1" ] && [ -e ~/.bashrc ] && source ~/.bashrc;\nshopt -u expand_aliases\n' +
    `${script}\nshopt -s expand_aliases\n${prompt(context)}${end}`
  );
}

/** A phase that the derivation has as an attribute is that text, as in its build. */
function phaseLines(name: string): string {
  const hook = `runHook ${singleQuoted(name)}`;
  // `foundMakefile`: what nixpkgs' build phase leaves for its check phase.
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return `foundMakefile=1\n${hook}\n`;
  return `foundMakefile=1\nif [ -n "\${${name}-}" ]; then eval "$${name}"; else ${hook}; fi\n`;
}

/** The settings bash-prompt, bash-prompt-prefix and bash-prompt-suffix. */
function prompt(context: PipelineContext): string {
  const { bashPrompt, prefix, suffix } = readSettings(context.flake, context.env).develop;
  const line = (text: string, set: (word: string) => string): string =>
    text === '' ? '' : `[ -n "$PS1" ] && ${set(singleQuoted(bytes(text)))};\n`;
  return line(bashPrompt, (word) => `PS1=${word}`) + line(prefix, (word) => `PS1=${word}"$PS1"`) + line(suffix, (word) => `PS1+=${word}`);
}

/** Puts the files of structured attributes where the shell can read them; without a folder the script keeps the build's paths. */
function attributeFiles({ structuredAttrs, variables }: BuildEnvironment, folder: string | undefined): Map<string, string> {
  const replaced = new Map<string, string>();
  if (!structuredAttrs || folder === undefined) return replaced;
  for (const kind of ['sh', 'json'] as const) {
    const variable = variables[`NIX_ATTRS_${kind.toUpperCase()}_FILE`];
    const file = join(folder, `.attrs.${kind}`);
    writeFileSync(file, Buffer.from(structuredAttrs[`.attrs.${kind}`], 'latin1'));
    if (variable?.type === 'exported' || variable?.type === 'var') replaced.set(variable.value, bytes(file));
  }
  return replaced;
}

/** Phases assume the flake's folder, if it is on this machine. */
function flakeFolder({ installable, source }: DevelopRequest, cwd: string): string | undefined {
  if (source.expr !== undefined || source.file !== undefined || installable.startsWith('/nix/store/')) return undefined;
  const { input } = parseInstallable(installable, cwd).ref;
  if (input.type === 'path') return String(input.path);
  return input.type === 'git' && String(input.url).startsWith('file:') ? fileURLToPath(String(input.url)) : undefined;
}

/** UTF-8 as a byte string. */
function bytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
