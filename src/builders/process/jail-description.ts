/** The sandbox of a derivation. */
import { isFixedOutput, type Derivation } from '../../nix-format/derivation.ts';
import { splitStorePath } from '../../nix-format/store-path.ts';
import type { JailBind, JailDescription, JailInput } from '../../jail/description.ts';
import type { BuildSettings, SandboxPath } from '../../settings/build-settings.ts';
import { fileFacts } from '../../system/file-operations.ts';
import { hostCores } from '../../system/host-cores.ts';
import { BootflakeError } from '../../base/errors.ts';
import type { BuildContext, DerivationContext } from '../builder.ts';
import type { DerivationOptions } from './derivation-options.ts';
import { builderEnvironment } from './environment.ts';
import { exportedGraphs, type GraphStore } from './exported-graphs.ts';
import { sandboxShell } from './shell.ts';

/** The PATH on which the host's programs are. */
export function hostPath({ network }: BuildContext): string {
  return hostEnvironment(network?.env).PATH ?? '';
}

function hostEnvironment(given: NodeJS.ProcessEnv | undefined): NodeJS.ProcessEnv {
  return given ?? process.env;
}

/** Whether the builder gets a network that only `pasta` can make: that of a fixed output, in a sandbox. */
export function mayUseNetwork({ offline }: BuildContext, drv: Derivation, settings: BuildSettings): boolean {
  return isFixedOutput(drv) && settings.sandbox === 'true' && !offline;
}

/** `hasPasta`: a network from outside can be made. */
export async function describeJail(
  context: BuildContext,
  derivation: DerivationContext,
  options: DerivationOptions,
  hasPasta: boolean,
): Promise<JailDescription> {
  const { drv, settings, folder } = derivation;
  const hostFiles = settings.sandbox === 'false' || (settings.sandbox === 'relaxed' && (options.noChroot || isFixedOutput(drv)));
  const { binds, roots } = await sandboxPaths(context, derivation, drv);
  const inputs = [...new Set([...derivation.inputs(), ...derivation.store.computeClosure(roots)])];
  const outputs = new Set(Object.values(context.outputs));
  const distribution = options.debianTree === undefined ? undefined : distributionAt(context, options.debianTree);
  const buildDirectory = settings.sandboxBuildDir;
  const { env, args, files } = builderEnvironment({
    drv,
    options,
    buildDirectory,
    cores: settings.cores || hostCores(),
    host: hostEnvironment(context.network?.env),
    graphs: exportedGraphs(options, graphStore(context, derivation)),
  });
  return {
    folder,
    buildDirectory,
    inputs: inputs.filter((path) => !outputs.has(path)).map((path) => inputAt(path, derivation)),
    program: drv.builder,
    args,
    env,
    files,
    network: hostFiles ? (context.offline ? 'none' : 'host') : hasPasta ? 'outside' : 'none',
    certificates: settings.certificateFile,
    binds: distribution
      ? [...binds.filter(({ target }) => target !== '/bin/sh'), { target: '/usr', source: `${distribution.source}/usr` }]
      : binds,
    distribution,
    hostFiles,
    system: drv.system,
    filterSyscalls: settings.filterSyscalls,
    sharedMemory: settings.sandboxDevShmSize,
  };
}

function inputAt(path: string, { store }: DerivationContext): JailInput {
  const physical = store.realPath(path);
  const type = fileFacts(physical)?.type;
  if (type === 'regular' || type === 'directory' || type === 'symlink') return { logical: path, physical, kind: type };
  throw new BootflakeError({
    code: 'build/missing-input',
    message: `the input '${path}' is valid, but its files are missing from the store`,
    hint: 'Run: bootflake store verify',
  });
}

/** Throws `build/not-an-input` unless the tree is among the inputs, `build/bad-attribute` if its folders are links, which may lead out. */
function distributionAt(context: BuildContext, path: string): { source: string; path: string } {
  const source = context.realPath(path);
  for (const name of ['usr', 'etc']) {
    const type = fileFacts(`${source}/${name}`)?.type;
    if (type === 'directory' || (type === undefined && name === 'etc')) continue;
    throw new BootflakeError({
      code: 'build/bad-attribute',
      message:
        `the attribute 'debianTree' names '${path}', whose '${name}' is ${type === undefined ? 'missing' : `a ${type}`}, ` +
        'not a directory',
      hint: 'Set debianTree = "${pkgs.debianTree { packages = [ ... ]; }}".',
    });
  }
  return { source, path };
}

/** Files of the host for builders, and the store paths among them, whose closures go with them. */
async function sandboxPaths(
  context: BuildContext,
  { settings, store, findTool }: DerivationContext,
  drv: Derivation,
): Promise<{ binds: JailBind[]; roots: string[] }> {
  const roots: string[] = [];
  const binds: JailBind[] = [];
  for (const path of settings.sandboxPaths) {
    const bind = await sandboxBind(context, path, drv, findTool);
    if (bind === undefined) continue;
    const storePath = splitStorePath(bind.source)?.storePath;
    if (storePath === undefined || !store.isValidPath(storePath)) binds.push(bind);
    else {
      roots.push(storePath);
      if (bind.target !== storePath) binds.push({ ...bind, source: store.realPath(bind.source), writable: false });
    }
  }
  if (settings.systemFeatures.includes('kvm')) binds.push({ target: '/dev/kvm', source: '/dev/kvm', optional: true, writable: true });
  return { binds, roots };
}

/** The shell may be missing for a builder that names another program, though not everything that it starts may then work. */
async function sandboxBind(
  context: BuildContext,
  { target, source, optional }: SandboxPath,
  drv: Derivation,
  findTool: DerivationContext['findTool'],
): Promise<JailBind | undefined> {
  if (source !== 'busybox') return { target, source, optional, writable: true };
  try {
    return { target, source: await sandboxShell(hostPath(context), findTool) };
  } catch (error) {
    if (drv.builder === target) throw error;
    context.log((error as Error).message);
    return undefined;
  }
}

function graphStore(context: BuildContext, { store, read, inputs }: DerivationContext): GraphStore {
  const all = new Set(inputs());
  return {
    pathInfo: (path) => (all.has(path) ? context.pathInfo(path) : store.queryPathInfo(path)!),
    closure: (paths) => store.computeClosure([...paths]),
    outputsOf: (drvPath) => [...read(drvPath).outputs.values()].map(({ path }) => path).filter(Boolean),
    isInput: (path) => all.has(path),
  };
}
