/** The system that an installable stands for: that of an image, or the one that it names itself. */
import { BootflakeError } from '../base/errors.ts';
import { DerivationGraph } from '../realise/derivation-graph.ts';
import type { LocalStore } from '../store/local-store.ts';
import { isImage } from './machine-image.ts';
import { evaluateInstallables, realiseRequests, type PipelineContext } from './pipeline.ts';

/** What makes a system of the Debian distribution. */
const ownBuilder = 'builtin:tree';

/**
 * Evaluates an installable, of whose image only the system is built. Returns the system's store path. Throws `instance/no-system`,
 * `instance/foreign-system`, and what evaluation and builds throw.
 */
export async function builtSystem(context: PipelineContext, store: LocalStore, target: string): Promise<string> {
  if (isImage(context.cwd, target))
    throw noSystem(
      `'${target}' is a file, and of a system the configuration is needed`,
      'Name the installable: bootflake vm switch NAME .#MACHINE',
    );
  const [evaluated] = await evaluateInstallables(context, store, [target], {}, 'machine');
  const graph = new DerivationGraph(store);
  const node = graph.get(evaluated!.drvPath);
  const { toplevel } = node.attrs;
  const found =
    typeof toplevel === 'string'
      ? graph.inputsOf(node).find((input) => input.outputs.some((output) => input.node.outputPath(output) === toplevel))?.node
      : node.name.startsWith('nixos-system-')
        ? node
        : undefined;
  if (!found)
    throw noSystem(
      `'${target}' is neither a system nor an image of one, but '${node.name}'`,
      'Name a configuration, its image, or its config.system.build.toplevel.',
    );
  if (found.builder !== ownBuilder) throw foreignSystem(target);
  await realiseRequests(context, store, [{ drvPath: found.drvPath, outputs: ['out'] }], {});
  return found.outputPath('out');
}

function noSystem(message: string, hint: string): BootflakeError {
  return new BootflakeError({ code: 'instance/no-system', message, hint });
}

function foreignSystem(target: string): BootflakeError {
  return new BootflakeError({
    code: 'instance/foreign-system',
    message: `'${target}' is a system of nixpkgs: in its machines nothing runs the commands of their host, by which a system is switched`,
    hint:
      'Replace it with its image (bootflake vm update), or switch by its SSH server: ' +
      'nixos-rebuild switch --flake FLAKE --target-host root@ADDRESS',
  });
}
