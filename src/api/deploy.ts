/** `bootflake deploy`: machines to their hosts, evaluated and built once, and then each host on its own. */
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { printAttrPath } from '../flake/attr-path.ts';
import { checkInstanceName } from '../instances/instance-name.ts';
import { LocalImages } from '../remote/local-image.ts';
import { parseSshAddress } from '../remote/ssh-address.ts';
import type { EvaluatedInstallable, FlakeSession } from '../session/session-types.ts';
import { readSettings } from '../settings/settings.ts';
import type { LocalStore } from '../store/local-store.ts';
import { Turns } from '../system/turns.ts';
import { acceptedDeploy, noMachineOptions, type DeployOptions as Declared, type MachineOptions } from '../vm/machine-options.ts';
import { checkSecrets, parseSecret, type Secret } from '../vm/secrets.ts';
import { deployMachine, planMachine, type HostedContext, type MachineDeployment } from './deploy-machine.ts';
import { explainError } from './explain-error.ts';
import { builtFolder, describedMachine, isImage } from './machine-image.ts';
import { openHost } from './open-host.ts';
import { openStore, realiseEvaluated, withFlakes, type PipelineContext } from './pipeline.ts';
import type { DeployEvent, DeployResult } from './types.ts';

export interface DeployRequest {
  /** Installables and images; with `all` or `on`, at most one flake. */
  targets: readonly string[];
  host?: string | undefined;
  name?: string | undefined;
  all: boolean;
  /** Patterns with `*` and `?`. */
  on: readonly string[];
  canary?: number | undefined;
  batch?: number | undefined;
  dryRun: boolean;
  check?: string | undefined;
  url?: string | undefined;
  /** Milliseconds. */
  timeout?: number | undefined;
  discardChanges: boolean;
  autostart?: boolean | undefined;
  /** Each as `NAME=FILE`. */
  secrets: readonly string[];
}

/** With the secrets read. */
type ReadRequest = Omit<DeployRequest, 'secrets'> & { secrets: readonly Secret[] };

/** Machines at a time. */
const defaultBatch = 10;
/** Milliseconds. */
const defaultTimeout = 300_000;

/** A machine that is to be deployed; `evaluated` is undefined for an image. */
interface Wanted {
  target: string;
  evaluated: EvaluatedInstallable | undefined;
  described: MachineOptions;
  deploy: Partial<Declared>;
  host: string;
  name: string;
  image?: string;
}

/**
 * Deploys machines; the result of each has its error, if it failed. Throws what concerns all of them before anything is done:
 * `deploy/no-host`, `deploy/no-name`, `deploy/same-machine`, `deploy/no-match`, `deploy/bad-targets`, `remote/bad-host`,
 * `instance/bad-name`, `vm/options-not-accepted`, `vm/bad-secret`; and of a single target, what evaluating and building throw.
 */
export async function deploy(context: PipelineContext, request: DeployRequest): Promise<DeployResult[]> {
  if (request.host !== undefined) parseSshAddress(request.host);
  if (request.name !== undefined) checkInstanceName(request.name);
  const secrets = request.secrets.map((text) => parseSecret(text, context.cwd));
  checkSecrets(secrets);
  const store = await openStore(context);
  const failed: DeployResult[] = [];
  const selection = await select(context, store, request, failed);
  checkWanted(selection, request);
  const built = await buildAll(context, store, selection, failed);
  const ready = selection.filter((each) => built.has(each));
  const results = new Map<Wanted, DeployResult>();
  for (const each of ready) context.onDeploy?.({ type: 'deploy', machine: each.name, host: each.host, state: 'waiting' });
  const canaries = ready.slice(0, request.dryRun ? 0 : (request.canary ?? 0));
  const shared: Shared = { turns: new Turns(request.batch ?? defaultBatch), locals: new LocalImages(), results };
  const run = (some: readonly Wanted[]) => deployGroup(context, { ...request, secrets }, some, shared);
  await run(canaries);
  const rest = ready.slice(canaries.length);
  if (canaries.some((each) => results.get(each)!.status === 'failed')) for (const each of rest) skip(context, each, results);
  else await run(rest);
  return [...ready.map((each) => results.get(each)!), ...failed];
}

function skip(context: PipelineContext, each: Wanted, results: Map<Wanted, DeployResult>): void {
  const message = 'not begun: one of the first is not well';
  context.onDeploy?.({ type: 'deploy', machine: each.name, host: each.host, state: 'skipped', message });
  results.set(each, { machine: each.name, host: each.host, target: each.target, status: 'skipped', sent: 0, forwards: [] });
}

/** Evaluates in one session. A configuration of several that fails is among `failed`. */
async function select(context: PipelineContext, store: LocalStore, request: DeployRequest, failed: DeployResult[]): Promise<Wanted[]> {
  const many = request.all || request.on.length > 0;
  const { targets } = request;
  if (many && (targets.length > 1 || targets[0]?.includes('#')))
    throw new BootflakeError({
      code: 'deploy/bad-targets',
      message: `--all and --on choose from one flake: ${targets.join(' ')} is something else`,
      hint: 'Name the flake alone (.), or the machines without --all and --on: .#web .#db',
    });
  const images = many ? [] : targets.filter((target) => isImage(context.cwd, target));
  const ofImages = images.map((target) => wantedOf(context, request, target, undefined));
  if (!many && images.length === targets.length) return ofImages;
  const ofFlakes = await withFlakes(context, store, async (session) => {
    const installables = many
      ? await matching(session, targets[0] ?? '.', request, failed)
      : targets.filter((target) => !images.includes(target));
    const found: Wanted[] = [];
    for (const installable of installables) {
      let evaluated: EvaluatedInstallable;
      try {
        evaluated = await session.evaluateInstallable(installable, 'deploy');
      } catch (error) {
        context.signal.throwIfAborted();
        if (installables.length === 1) throw error;
        failed.push(failure(context, { name: installable, host: request.host ?? '', target: installable }, error));
        continue;
      }
      found.push(wantedOf(context, request, installable, evaluated));
    }
    return found;
  });
  // As they were named.
  const order = (each: Wanted) => targets.indexOf(each.target);
  return many ? ofFlakes : [...ofImages, ...ofFlakes].sort((a, b) => order(a) - order(b));
}

/** The installables of a flake's configurations that match, and have a host. Throws `deploy/no-match`. */
async function matching(session: FlakeSession, flake: string, { on, host }: DeployRequest, failed: DeployResult[]): Promise<string[]> {
  const ask = async (path: string[], apply: string): Promise<unknown> =>
    JSON.parse(await session.evaluateExpression({ installable: `${flake}#${printAttrPath(path)}`, apply, format: 'json' }));
  const names = (await ask(['nixosConfigurations'], 'builtins.attrNames')) as string[];
  const patterns = on.map(globPattern);
  const found: string[] = [];
  for (const name of names) {
    if (patterns.length > 0 && !patterns.some((pattern) => pattern.test(name))) continue;
    const path = ['nixosConfigurations', name];
    const target = `${flake}#${printAttrPath(path)}`;
    try {
      if (host !== undefined || (await ask(path, 'c: c.config.bootflake.deploy.host or null')) !== null) found.push(target);
    } catch (error) {
      if (!(error instanceof BootflakeError)) throw error;
      failed.push({ machine: name, host: '', target, status: 'failed', sent: 0, forwards: [], error });
    }
  }
  if (found.length + failed.length > 0) return found;
  const matches = on.length > 0 ? `matches ${on.join(', ')} and ` : '';
  throw new BootflakeError({
    code: 'deploy/no-match',
    message: `no configuration of '${flake}' ${matches}has a host; there are: ${names.join(', ')}`,
    hint: 'Say in each where it is deployed: bootflake.deploy.host = "ssh://me@server"; or for all of them: --host ssh://me@server',
  });
}

/** `*` and `?`. */
export function globPattern(text: string): RegExp {
  const source = text.replaceAll(/\*+|[^*]/gs, (piece) =>
    piece.startsWith('*') ? '[^]*' : piece === '?' ? '[^]' : piece.replace(/[\\^$.+()[\]{}|]/, '\\$&'),
  );
  return new RegExp(`^${source}$`);
}

/** Throws `deploy/no-host`, `deploy/no-name`, `vm/options-not-accepted`, `vm/bad-machine-options`. */
function wantedOf(context: PipelineContext, request: DeployRequest, target: string, evaluated: EvaluatedInstallable | undefined): Wanted {
  const described = evaluated ? describedMachine(context, evaluated) : noMachineOptions;
  const { host: ownHost, name: ownName, url } = request;
  const deploy = acceptedDeploy(described, {
    installable: target,
    isLocal: evaluated?.machine?.isLocal ?? true,
    acceptAll: readSettings(context.flake, context.env).acceptFlakeConfig,
    own: {
      ...(ownHost !== undefined && { host: ownHost }),
      ...(ownName !== undefined && { name: ownName }),
      ...(url !== undefined && { url }),
    },
  });
  const host = ownHost ?? deploy.host ?? undefined;
  if (host === undefined)
    throw new BootflakeError({
      code: 'deploy/no-host',
      message: `'${target}' does not say where it is deployed`,
      hint:
        'Name a host that you reach by ssh: --host ssh://me@server' +
        (evaluated ? ', or in its configuration: bootflake.deploy.host = "ssh://me@server";' : ''),
    });
  parseSshAddress(host);
  const configuration = evaluated?.meta?.configuration;
  const name = ownName ?? deploy.name ?? (typeof configuration === 'string' ? configuration : undefined);
  if (name === undefined)
    throw new BootflakeError({
      code: 'deploy/no-name',
      message: `'${target}' is no configuration, and so has no name for a machine`,
      hint: 'Choose one: --name web',
    });
  // What is a configuration's image only for want of another is named by its path.
  const [flake = '.'] = target.split('#');
  const isFallback = evaluated?.attrPath.includes('.images.') === true;
  return {
    target: isFallback ? `${flake}#${evaluated.attrPath}` : target,
    evaluated,
    described,
    deploy,
    host: host.replace(/\/$/, ''),
    name: checkInstanceName(name),
  };
}

function checkWanted(selection: readonly Wanted[], { name }: DeployRequest): void {
  if (name !== undefined && selection.length > 1)
    throw new BootflakeError({
      code: 'deploy/bad-targets',
      message: `one name ('${name}') for ${selection.length} machines`,
      hint: 'Leave out --name: each has the name of its configuration, or bootflake.deploy.name.',
    });
  const seen = new Map<string, string>();
  for (const { host, name: machine, target } of selection) {
    const key = `${host} ${machine}`;
    const other = seen.get(key);
    if (other !== undefined)
      throw new BootflakeError({
        code: 'deploy/same-machine',
        message: `'${other}' and '${target}' are both deployed as '${machine}' on ${host}`,
        hint: 'Give one of them another bootflake.deploy.name, or another host.',
      });
    seen.set(key, target);
  }
}

/** Builds all at once; if that fails, one by one, to know which. Sets their images. */
async function buildAll(
  context: PipelineContext,
  store: LocalStore,
  selection: readonly Wanted[],
  failed: DeployResult[],
): Promise<Set<Wanted>> {
  const built = new Set<Wanted>();
  const toBuild = selection.filter(({ evaluated }) => evaluated !== undefined);
  let all = true;
  try {
    const evaluated = toBuild.map((each) => each.evaluated!);
    const results = evaluated.length === 0 ? [] : await realiseEvaluated(context, store, evaluated);
    results.forEach(({ files }, i) => (toBuild[i]!.image = files.out!));
  } catch (error) {
    context.signal.throwIfAborted();
    if (selection.length === 1) throw error;
    all = false;
  }
  for (const each of selection) {
    if (each.evaluated === undefined) each.image = resolve(context.cwd, each.target);
    else if (!all)
      try {
        each.image = await builtFolder(context, store, each.evaluated);
      } catch (error) {
        context.signal.throwIfAborted();
        failed.push(failure(context, each, error));
        continue;
      }
    built.add(each);
  }
  return built;
}

/** What the machines of all hosts have in common. */
interface Shared {
  turns: Turns;
  locals: LocalImages;
  results: Map<Wanted, DeployResult>;
}

/** Hosts at the same time, the machines of each one after the other. */
async function deployGroup(context: PipelineContext, request: ReadRequest, some: readonly Wanted[], shared: Shared): Promise<void> {
  const byHost = new Map<string, Wanted[]>();
  for (const each of some) byHost.set(each.host, [...(byHost.get(each.host) ?? []), each]);
  await Promise.all([...byHost].map(([address, machines]) => deployToHost(context, request, { address, machines }, shared)));
}

async function deployToHost(
  context: PipelineContext,
  request: ReadRequest,
  { address, machines }: { address: string; machines: readonly Wanted[] },
  { turns, locals, results }: Shared,
): Promise<void> {
  let hosted: Awaited<ReturnType<typeof openHost>> | undefined;
  let unreachable: unknown;
  try {
    for (const each of machines)
      await turns.take(context.signal, async () => {
        const tell = (state: DeployEvent['state'], more: Partial<DeployEvent> = {}) =>
          context.onDeploy?.({ type: 'deploy', machine: each.name, host: address, state, ...more });
        const counted = { sent: 0 };
        try {
          if (unreachable !== undefined) throw unreachable;
          tell('connecting');
          try {
            hosted ??= await openHost(context, address, locals);
          } catch (error) {
            unreachable = error;
            throw error;
          }
          const result = await deployOne({ ...context, host: hosted }, request, each, counted, tell);
          results.set(each, result);
          tell('done', { message: result.status });
        } catch (error) {
          context.signal.throwIfAborted();
          const result = { ...failure(context, each, error), ...counted };
          results.set(each, result);
          tell('failed', { message: result.error!.message });
        }
      });
  } finally {
    hosted?.close();
  }
}

async function deployOne(
  context: HostedContext,
  request: ReadRequest,
  each: Wanted,
  counted: { sent: number },
  tell: (state: DeployEvent['state'], more?: Partial<DeployEvent>) => void,
): Promise<DeployResult> {
  const { name, host, target, deploy: declared } = each;
  let state: DeployEvent['state'] = 'connecting';
  let sending: { id: string; bytes: number; totalBytes?: number } | undefined;
  const onState = (next: DeployEvent['state']) => tell((state = next));
  const own: typeof context = {
    ...context,
    onNote: (message) => tell(state, { message }),
    onWarning: (message) => tell(state, { message: `warning: ${message}` }),
    onSent: (bytes) => void (counted.sent += bytes),
    onProgress: (event) => {
      if (event.type === 'start')
        sending = { id: event.id, bytes: 0, ...(event.totalBytes !== undefined && { totalBytes: event.totalBytes }) };
      if (sending === undefined || event.id !== sending.id) return;
      if (event.type === 'advance') sending.bytes += event.bytes;
      const { id: _, ...progress } = sending;
      if (event.type === 'finish') return onState('changing');
      tell((state = 'sending'), progress);
    },
  };
  const deployment: MachineDeployment = {
    name,
    target,
    made: { image: each.image!, described: each.described },
    isDescribed: each.evaluated?.machine !== undefined,
    check: (request.check ?? declared.check ?? '').trim(),
    url: request.url ?? declared.url ?? undefined,
    timeout: request.timeout ?? (declared.timeout === undefined ? defaultTimeout : declared.timeout * 1000),
    discardChanges: request.discardChanges,
    autostart: request.autostart ?? declared.autostart ?? true,
    secrets: request.secrets,
  };
  const result = request.dryRun ? await planMachine(own, deployment) : await deployMachine(own, deployment, onState);
  return { machine: name, host, target, ...counted, ...result };
}

/** A BootflakeError is the result of its machine; other errors are faults of the program, which end everything. */
function failure(context: PipelineContext, { name, host, target }: Pick<Wanted, 'name' | 'host' | 'target'>, error: unknown): DeployResult {
  const explained = explainError(error, context.env);
  if (!(explained instanceof BootflakeError)) throw error;
  return { machine: name, host, target, status: 'failed', sent: 0, forwards: [], error: explained };
}
