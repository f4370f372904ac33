/** `bootflake shell`: a program with packages on its PATH, as `nix shell` runs it. */
import { existsSync, statSync } from 'node:fs';
import type { DebianPackages, EvaluatedInstallable } from '../session/session-types.ts';
import { LogicalFiles } from '../store/logical-files.ts';
import type { LocalStore } from '../store/local-store.ts';
import { readText } from '../system/file-operations.ts';
import {
  evaluateInstallables,
  openStore,
  realiseEvaluated,
  realiseRequests,
  withFlakes,
  type InstallableSource,
  type PipelineContext,
} from './pipeline.ts';
import { runProgram, type ProgramRequest } from './run-program.ts';

export interface ShellRequest extends Pick<ProgramRequest, 'env' | 'passSignals'> {
  installables: string[];
  source: InstallableSource;
  /** Defaults to the user's shell. */
  command: string[] | undefined;
}

/** Returns the exit status. */
export async function runShell(context: PipelineContext, request: ShellRequest): Promise<number> {
  const store = await openStore(context);
  const evaluated = await evaluateInstallables(context, store, request.installables, request.source, 'shell');
  const built = await realiseEvaluated(context, store, evaluated);
  const paths = withPropagated(
    store,
    built.flatMap(({ outputs }) => Object.values(outputs)),
  );
  const usr = await usrOf(context, store, evaluated);
  const { env } = request;
  const PATH = [...paths.map((path) => programsOf(store, path)), env.PATH].filter((part) => part !== undefined && part !== '').join(':');
  const [program, ...args] = request.command ?? [shellFor(env.SHELL, usr === undefined ? undefined : store.realPath(usr))];
  return runProgram(context, { ...request, program: program!, args, env: { ...env, PATH }, usr });
}

/** The user's shell, unless it is in the host's /usr and Debian's lacks it. */
function shellFor(wanted: string | undefined, distribution: string | undefined): string {
  if (!wanted) return 'bash';
  if (distribution === undefined || !/^(?:\/usr)?\/s?bin\//.test(wanted)) return wanted;
  const [, rest] = /^(?:\/usr)?(\/.*)$/.exec(wanted)!;
  return existsSync(`${distribution}/usr${rest}`) ? wanted : 'bash';
}

/** Adds what `nix-support/propagated-user-env-packages` of each names, breadth first. */
function withPropagated(store: LocalStore, paths: readonly string[]): string[] {
  const found = new Set(paths);
  const files = new LogicalFiles(store.root, () => {});
  for (const path of found) {
    const file = physicalIn(files, `${path}/nix-support/propagated-user-env-packages`);
    const text = file !== undefined && statSync(file, { throwIfNoEntry: false })?.isFile() ? readText(file) : undefined;
    for (const name of (text ?? '').split(/\s+/)) if (/^\/nix\/store\/[^/]+$/.test(name) && store.isValidPath(name)) found.add(name);
  }
  return [...found];
}

/** The folder of a path's programs, with links followed, as in Nix. */
function programsOf(store: LocalStore, path: string): string {
  const files = new LogicalFiles(store.root, () => {});
  try {
    return files.resolve(`${path}/bin`);
  } catch {
    return `${path}/bin`;
  }
}

/** Undefined unless it is a file of the store. */
function physicalIn(files: LogicalFiles, path: string): string | undefined {
  try {
    const resolved = files.resolve(path);
    return resolved.startsWith('/nix/store/') ? files.physical(resolved).toString() : undefined;
  } catch {
    return undefined;
  }
}

/** The merged tree of all packages of Debian among them, made; of the first one's archive. */
async function usrOf(context: PipelineContext, store: LocalStore, evaluated: readonly EvaluatedInstallable[]): Promise<string | undefined> {
  const all = evaluated.flatMap(({ debian }) => (debian ? [debian] : []));
  const [first] = all;
  if (first === undefined) return undefined;
  const drvPath = all.length === 1 ? first.drvPath : await joinedTree(context, store, all);
  return (await realiseRequests(context, store, [{ drvPath, outputs: ['out'] }], {}))[0]?.outputs.out;
}

function joinedTree(context: PipelineContext, store: LocalStore, all: readonly DebianPackages[]): Promise<string> {
  const { source } = all[0]!;
  for (const { source: other } of all)
    if (other !== source) context.onWarning('the packages are of different states of Debian; /usr is made from that of the first');
  return withFlakes(context, store, (session) =>
    session.evaluateDebianTree({
      source,
      names: [...new Set(all.flatMap(({ names }) => names))].sort(),
      repositories: Object.assign({}, ...all.map(({ repositories }) => repositories)),
    }),
  );
}
