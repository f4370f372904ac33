/** Where a derivation can be built: here, on other machines, or both. */
import type { Builder } from '../../builders/builder.ts';
import { findBuilder } from '../../builders/index.ts';
import { derivationOptions } from '../../builders/process/derivation-options.ts';
import { checkHostFits, checkSupported } from '../../builders/process/host-fit.ts';
import type { BuildSettings } from '../../settings/build-settings.ts';
import type { DerivationNode } from '../derivation-graph.ts';
import { unknownBuilder } from '../errors.ts';
import { isOwnBuild } from '../may-substitute.ts';
import type { RealiseOptions } from '../realise-types.ts';
import { noMachine, type MachinePool, type Needs } from './machine-pool.ts';

/** At least one of the two is there. */
export interface Places {
  /** The builder on this host. */
  local?: Builder;
  /** What another machine must have; undefined when no other machine is to be asked. */
  needs?: Needs;
}

/**
 * Returns a function that throws when a derivation can be built nowhere: `build/unsupported-derivation`, `build/no-machine`, and why this
 * host cannot where no other machines are known. `compared`: derivations that are compared with what is here, and so built here.
 */
export function placeFinder(
  options: RealiseOptions,
  settings: BuildSettings,
  machines: MachinePool | undefined,
  compared: ReadonlySet<DerivationNode>,
): (node: DerivationNode) => Promise<Places> {
  const builders = new BuilderFinder(options);
  return async (node) => {
    checkSupported(node.drvPath, node.drv);
    if (isOwnBuild(node) || compared.has(node)) return { local: await builders.find(node, settings) };
    if (!machines && options.cpuJobs !== 0) return { local: await builders.find(node, settings) };
    const needs = { system: node.drv.system, features: derivationOptions(node.drv).requiredSystemFeatures };
    const reachable = machines?.fits(needs) ?? false;
    if (options.cpuJobs === 0) {
      if (!reachable) throw noMachine(node.drvPath, needs, machines);
      return { needs };
    }
    try {
      const local = await builders.find(node, settings);
      return prefersLocal(node) || !reachable ? { local } : { local, needs };
    } catch (error) {
      if (!reachable) throw error;
      return { needs };
    }
  };
}

class BuilderFinder {
  private readonly found = new Map<string, Builder>();

  constructor(private readonly options: RealiseOptions) {}

  async find(node: DerivationNode, settings: BuildSettings): Promise<Builder> {
    checkHostFits(node.drvPath, node.drv, settings);
    const { findBuilder: given } = this.options;
    const found =
      this.found.get(node.builder) ??
      (given && node.builder.startsWith('builtin:') ? await given(node.builder.slice('builtin:'.length)) : await findBuilder(node.drv));
    if (found === undefined) throw unknownBuilder(node);
    this.found.set(node.builder, found);
    return found;
  }
}

/** In the environment, `true` is "1". */
function prefersLocal({ attrs: { preferLocalBuild } }: DerivationNode): boolean {
  return preferLocalBuild === true || preferLocalBuild === '1';
}
