/** Builds a derivation as Nix does: its builder is a program, which runs in a sandbox. */
import fs from 'node:fs';
import { basename } from 'node:path';
import { BootflakeError } from '../../base/errors.ts';
import type { JailDescription } from '../../jail/description.ts';
import { noSandbox } from '../../jail/errors.ts';
import { removeJailFolder } from '../../jail/folder.ts';
import { builderIdentity } from '../../jail/identity.ts';
import { keepMountPoints } from '../../jail/mount-points.ts';
import { namespacesWork } from '../../jail/probe.ts';
import { startJail } from '../../jail/run.ts';
import { findJailTools, toolOnPath, type JailTools, type Tool } from '../../jail/tools.ts';
import { fileFacts } from '../../system/file-operations.ts';
import type { BuildContext, Builder, BuildResult, DerivationContext } from '../builder.ts';
import { builderFailed, madeNothing } from './builder-failure.ts';
import { derivationOptions } from './derivation-options.ts';
import { checkHostFits, runsHere } from './host-fit.ts';
import { describeJail, hostPath, mayUseNetwork } from './jail-description.ts';
import { keepFailedBuild } from './keep-failed.ts';
import { BuildLimits } from './limits.ts';
import { LogLines } from './log-lines.ts';
import { canonicaliseOutputs } from './made-outputs.ts';

/** Runs the builder that the derivation names. Needs `context.derivation`. */
export const processBuilder: Builder = {
  name: 'process',
  async run(context) {
    const derivation = context.derivation!;
    const { drv, settings, folder } = derivation;
    checkHostFits(context.drvPath, drv, settings);
    const options = derivationOptions(drv);
    if (options.onlyChecks && !runsHere(drv, settings)) return leaveOut(context, `it needs a machine of the system ${drv.system}`);
    let description: JailDescription | undefined;
    try {
      const tools = await findTools(context, derivation);
      description = await describeJail(context, derivation, options, tools.pasta !== undefined);
      await runToEnd(context, derivation, description, tools);
      return takeOutputs(context, derivation);
    } catch (error) {
      if (options.onlyChecks && error instanceof BootflakeError && error.code === 'build/no-sandbox')
        return leaveOut(context, error.message);
      if (settings.keepFailed && !context.signal.aborted) keepFailedBuild(context, derivation);
      throw error;
    } finally {
      if (description) keepMountPoints(description);
      await removeJailFolder(folder);
    }
  },
};

/** What is built does not depend on a check, so one that cannot be run here holds nothing up. Its outputs are empty files. */
function leaveOut(context: BuildContext, reason: string): BuildResult {
  context.log(`not checked: ${reason}`);
  for (const file of Object.values(context.outputFiles)) fs.writeFileSync(file, '');
  return { outputs: {} };
}

interface Tools {
  jail: JailTools;
  /** Present for a derivation that may use the network. */
  pasta: Tool | undefined;
}

let jailTools: Promise<JailTools> | undefined;

/** Those of the sandbox are looked for once. */
async function findTools(context: BuildContext, { drv, settings, findTool }: DerivationContext): Promise<Tools> {
  const path = hostPath(context);
  jailTools ??= findJailTools(path, findTool).catch((error: unknown) => {
    jailTools = undefined;
    throw error;
  });
  const jail = await jailTools;
  if (!mayUseNetwork(context, drv, settings)) return { jail, pasta: undefined };
  const pasta = toolOnPath('pasta', path) ?? (await findTool?.('pasta'));
  if (pasta === undefined) context.log('pasta is neither on PATH nor otherwise available: this build has no network');
  return { jail, pasta };
}

async function runToEnd(context: BuildContext, derivation: DerivationContext, description: JailDescription, tools: Tools): Promise<void> {
  const { signal, drvPath } = context;
  const { drv, settings } = derivation;
  let tail = '';
  const lines = new LogLines((line) => {
    tail = `${tail}\n${line}`.slice(-2_000);
    context.log(line);
  });
  signal.throwIfAborted();
  let limits: BuildLimits | undefined;
  const jail = await startJail(description, {
    tools: tools.jail,
    namespaces: await namespacesWork(tools.jail),
    pasta: tools.pasta,
    onOutput(bytes) {
      if (limits?.exceeded) return;
      lines.write(bytes);
      limits?.output(lines.size);
    },
  });
  limits = new BuildLimits(drvPath, settings, jail.kill);
  signal.addEventListener('abort', jail.kill);
  if (signal.aborted) jail.kill();
  try {
    const { began, status } = await jail.ended;
    lines.end();
    signal.throwIfAborted();
    if (limits.exceeded) throw limits.exceeded;
    const notExecuted = !began && /\nbwrap: execvp [^\n]*$/.test(tail);
    if (!began && /No space left on device/.test(tail))
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: description.folder });
    if (!began && !notExecuted) throw noSandbox(tail);
    const lacksNetwork = mayUseNetwork(context, drv, settings) && tools.pasta === undefined;
    if (notExecuted || status !== 0)
      throw builderFailed(
        drvPath,
        drv.builder,
        notExecuted ? 1 : status,
        lacksNetwork ? 'network' : nearlyFull(derivation) ? 'disk' : undefined,
      );
  } finally {
    limits.stop();
    signal.removeEventListener('abort', jail.kill);
  }
}

/** Bytes free below which a failure may be one of space, as in Nix. */
const NEARLY_FULL = 8 << 20;

function nearlyFull({ store }: DerivationContext): boolean {
  const { bavail, bsize } = fs.statfsSync(store.physicalStore);
  return bavail * bsize < NEARLY_FULL;
}

/** Moves what the builder made to where the outputs are expected, in the form of the store. */
function takeOutputs({ drvPath, outputs, outputFiles }: BuildContext, { drv, folder }: DerivationContext): BuildResult {
  const made = Object.entries(outputs).map(([name, logical]) => {
    const physical = `${folder}/store/${basename(logical)}`;
    if (fileFacts(physical) === undefined) throw madeNothing(drvPath, drv.builder, name, logical);
    return { name, logical, physical };
  });
  canonicaliseOutputs(made, builderIdentity()?.uid);
  for (const { name, physical } of made) moveOutput(physical, outputFiles[name]!);
  return { outputs: Object.fromEntries(made.map(({ name }) => [name, { canonical: true }])) };
}

/** A folder must be writable to get another parent; its time changes with that. */
function moveOutput(from: string, to: string): void {
  const folder = fileFacts(from)?.type === 'directory';
  if (folder) fs.chmodSync(from, 0o755);
  fs.renameSync(from, to);
  if (!folder) return;
  fs.chmodSync(to, 0o555);
  fs.utimesSync(to, 1, 1);
}
