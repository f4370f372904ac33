/** Evaluates installables in the worker. */
import {
  Attrs,
  charsOf,
  ContextCollector,
  decodeBytes,
  describeType,
  force,
  type Forced,
  isString,
  noPos,
  printJson,
} from '../evaluator/index.ts';
import { printAttrPath } from '../flake/attr-path.ts';
import { debianPackages } from './debian-packages.ts';
import { evaluatedApp, isApp, mainProgram } from './program.ts';
import type { ImagePurpose, Purpose } from '../session/session-types.ts';
import { derivationInfo, isDerivation, type OutputsByDefault } from './derivation-info.ts';
import type { FlakeEngine, OpenedFlake } from '../session/engine.ts';
import { BootflakeError } from '../base/errors.ts';
import { flakeError } from '../base/flake-error.ts';
import { builtPaths, candidateAttrPaths, parseInstallable, type FlakeInstallable, type LookupOptions } from '../flake/installable.ts';
import { unlockedInput } from '../flake/lock-file.ts';
import type { OutputsSpec } from '../flake/outputs-spec.ts';
import { printFlakeRef } from '../flake/ref.ts';
import { followAttrPath, selectFirst, type Selected } from './select-attr.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';
import type { EvaluatedAttribute, WorkerRequests } from '../session/worker-protocol.ts';

/** Where the attribute of an installable is looked for. */
const lookups: Record<Exclude<Purpose, ImagePurpose>, LookupOptions> = {
  build: { images: true },
  run: { images: true, first: 'apps' },
  shell: { images: false },
  develop: { images: false, first: 'devShells' },
  test: { images: false, first: 'checks' },
  machine: { images: true },
  // Every configuration has an image for qemu.
  deploy: { images: true, configurations: 'first', built: [['qcow2'], ['image'], ['raw'], ['images', 'qemu']] },
  'build-vm': { images: true, built: [['vm']] },
};

function lookupFor(purpose: Purpose): LookupOptions {
  return isForImage(purpose) ? imagesAt(purpose.slice('image:'.length)) : lookups[purpose];
}

/** Of a configuration, by NixOS's name or that of one of its images. */
function imagesAt(...names: string[]): LookupOptions {
  return { images: true, configurations: true, built: [['images', ...names]] };
}

function isForImage(purpose: Purpose): purpose is ImagePurpose {
  return purpose.startsWith('image:');
}

/** Finds the attribute of an installable and evaluates its derivation, which is then in the store. */
export function evaluateInstallable(
  engine: FlakeEngine,
  text: string,
  purpose: Purpose = 'build',
): WorkerRequests['evaluateInstallable']['result'] {
  return engine.certainly(() => installableResult(engine, text, purpose));
}

function installableResult(engine: FlakeEngine, text: string, purpose: Purpose = 'build'): WorkerRequests['evaluateInstallable']['result'] {
  const installable = parseInstallable(text, engine.options.baseDir, (message) => engine.loader.warn(message));
  const opened = engine.openFlake(installable.ref);
  const selected = selectInstallable(engine, opened, installable, lookupFor(purpose));
  const name = printFlakeRef(opened.flake.resolved);
  const result =
    purpose === 'run' && isApp(selected.value)
      ? evaluatedApp(engine, selected.value, selected.path)
      : evaluatedAttribute(selected.value, selected.path, installable.outputs, name);
  if (purpose === 'run') result.program ??= mainProgram(selected.value as Attrs, result);
  if (isForImage(purpose)) {
    const filePath = imagePath(selected.value);
    if (filePath !== undefined) result.meta.filePath = filePath;
  }
  if (purpose === 'run' || purpose === 'machine' || purpose === 'deploy') {
    const options = describedMachine(engine, selected.value);
    if (options !== undefined) result.machine = { options, isLocal: isLocal(opened.flake.resolved.input) };
  }
  // An image needs nothing to run.
  if ((purpose === 'run' || purpose === 'shell') && result.meta.configuration === undefined) {
    const debian = debianPackages(engine, opened, selected.value);
    if (debian) result.debian = debian;
  }
  const { flake } = engine.options;
  const lasting =
    !flake.impure &&
    !opened.lockDiffers &&
    Object.keys(flake.overrideInputs).length === 0 &&
    !unlockedInput(opened.root) &&
    result.drvPath !== '';
  if (opened.settings) result.settings = opened.settings;
  return lasting ? { result, facts: opened.flake.locked.input } : { result };
}

/** The path of an image in its output, which NixOS's `system.build.images` say. */
function imagePath(value: Forced): string | undefined {
  const passthru = value instanceof Attrs ? value.get('passthru') : undefined;
  const attributes = passthru === undefined ? undefined : force(passthru);
  const path = attributes instanceof Attrs ? attributes.get('filePath') : undefined;
  const text = path === undefined ? undefined : force(path);
  return text !== undefined && isString(text) ? decodeBytes(charsOf(text)) : undefined;
}

/** Returns the names in `config.system.build.images` of a configuration, sorted. Throws `image/no-variants`. */
export function imageVariants(engine: FlakeEngine, text: string): string[] {
  return engine.certainly(() => {
    const installable = parseInstallable(text, engine.options.baseDir, (message) => engine.loader.warn(message));
    const opened = engine.openFlake(installable.ref);
    const { path, value } = selectInstallable(engine, opened, installable, { ...imagesAt(), built: [['images'], []] });
    if (path.at(-1) === 'images' && value instanceof Attrs) return value.names().map(decodeBytes).sort();
    throw new BootflakeError({
      code: 'image/no-variants',
      message: `${printAttrPath(path)} has no \`images': NixOS has them since 25.05`,
      hint: 'Use a newer nixpkgs, or an image of the configuration by make-disk-image.nix: bootflake build.',
    });
  });
}

/** What distro/nixos/lib/machine-description.nix makes, which an image has beside its derivation. */
function describedMachine(engine: FlakeEngine, value: Forced): unknown {
  const described = value instanceof Attrs ? value.get('machineDescription') : undefined;
  if (described === undefined) return undefined;
  return JSON.parse(decodeBytes(printJson(engine.evaluator, described, new ContextCollector(), noPos)));
}

function isLocal(input: InputAttrs): boolean {
  return input.type === 'path' || (input.type === 'git' && String(input.url).startsWith('file:'));
}

/** `owner`: a flake or an expression, as messages name it. Throws `flake/not-a-derivation`. */
export function evaluatedAttribute(
  value: Forced,
  path: readonly string[],
  spec: OutputsSpec,
  owner: string,
  otherwise: OutputsByDefault = 'out',
): EvaluatedAttribute {
  const attrPath = printAttrPath(path);
  if (!isDerivation(value)) {
    const inside = value instanceof Attrs ? value.names().slice(0, 10).map(decodeBytes).join(', ') : '';
    throw flakeError(
      'not-a-derivation',
      attrPath === ''
        ? `${owner} is not a derivation, nor has it any, but is ${describeType(value)}`
        : `attribute '${attrPath}' of ${owner} is not a derivation but ${describeType(value)}`,
      inside && `Use one of: ${inside}`,
    );
  }
  const { drvPath, outputs, wanted, name, description, mainProgram } = derivationInfo(value, attrPath, spec, otherwise);
  const missing = wanted.find((output) => outputs[output] === undefined);
  if (missing !== undefined)
    throw flakeError(
      'missing-output',
      `derivation '${drvPath}' does not have an output '${missing}'`,
      `Use one of: ${Object.keys(outputs).join(', ')}`,
    );
  const configuration = path[0] === 'nixosConfigurations' ? path[1] : undefined;
  return {
    drvPath,
    attrPath,
    outputNames: wanted,
    outputs: Object.fromEntries(wanted.map((output) => [output, outputs[output] as string])),
    meta: {
      name,
      ...(description !== undefined && { description }),
      ...(mainProgram !== undefined && { mainProgram }),
      ...(configuration !== undefined && { configuration }),
    },
  };
}

/** Returns the attribute that a fragment names, the first of `candidateAttrPaths`. */
export function selectInstallable(
  engine: FlakeEngine,
  opened: OpenedFlake,
  { fragment }: FlakeInstallable,
  options: LookupOptions,
): Selected {
  const outputs = engine.outputsOf(opened);
  const candidates = candidateAttrPaths(fragment, engine.options.system, options);
  const name = printFlakeRef(opened.flake.resolved);
  if (fragment !== '' || !options.images) return selectFirst(outputs, candidates, name);
  if (options.configurations) return selectFirst(outputs, onlyConfiguration(outputs, name, options) ?? candidates, name);
  for (const path of candidates) {
    const found = followAttrPath(outputs, path);
    if ('value' in found) return { path, ...found };
  }
  return selectFirst(outputs, onlyConfiguration(outputs, name, options) ?? candidates, name);
}

/** The meaning of `.` in a flake that only describes machines. */
function onlyConfiguration(outputs: Attrs, flakeName: string, options: LookupOptions): string[][] | undefined {
  const found = followAttrPath(outputs, ['nixosConfigurations']);
  const names = 'value' in found && found.value instanceof Attrs ? found.value.names().map(decodeBytes) : [];
  if (names.length === 1) return builtPaths(names[0] as string, options);
  if (names.length === 0) return undefined;
  throw flakeError(
    'ambiguous-installable',
    `flake '${flakeName}' has no default package and more than one nixosConfiguration: ${names.join(', ')}`,
    `Name one: .#${names[0]}`,
  );
}
