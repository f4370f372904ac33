/** `bootflake test`: builds the machines of a NixOS test, and runs it. */
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { visibleLine } from '../base/control-characters.ts';
import { BootflakeError } from '../base/errors.ts';
import { toolInTree } from '../jail/tool-tree.ts';
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import { storePathName } from '../nix-format/store-path.ts';
import { parseDescription, type TestDescription } from '../nixos-test/description.ts';
import { descriptionInDerivation } from '../nixos-test/description-in-derivation.ts';
import type { Python } from '../nixos-test/driver-process.ts';
import { junitXml, type TestOutcome } from '../nixos-test/junit.ts';
import { checkOutputFolder, checkReportFile, writeReport } from '../nixos-test/results-place.ts';
import type { Recogniser } from '../nixos-test/screen-text.ts';
import { runTest } from '../nixos-test/run-test.ts';
import type { EvaluatedInstallable } from '../session/session-types.ts';
import type { LocalStore } from '../store/local-store.ts';
import { inPlaceOfOwn } from '../system/child-process.ts';
import { findOnPath } from '../system/machine-facts.ts';
import { stateDirectory } from '../system/state-directory.ts';
import { chooseAccelerator, parseAccelerator } from '../vm/accelerator.ts';
import { findQemu } from '../vm/find-qemu.ts';
import { helperTree } from './helper-packages.ts';
import { evaluateInstallables, openStore, realiseEvaluated, storeFolder, type PipelineContext } from './pipeline.ts';

export interface TestRequest {
  /** A file, or an installable. */
  target: string;
  accel: string;
  /** The file of a report in JUnit's XML. Defaults to none. */
  junit?: string | undefined;
  /** The folder for the script's files. Defaults to test-NAME, of which nothing remains if the script makes none. */
  out?: string | undefined;
  keep: boolean;
  interactive: boolean;
}

/** Throws `test/failed`, and what evaluating and building throw. */
export async function runNixosTest(context: PipelineContext, request: TestRequest): Promise<void> {
  // Known before minutes of a build.
  parseAccelerator(request.accel);
  const report = request.junit === undefined ? undefined : resolve(context.cwd, request.junit);
  if (report !== undefined) checkReportFile(report);
  if (request.out !== undefined) checkOutputFolder(resolve(context.cwd, request.out));
  const store = await openStore(context);
  const [evaluated] = await evaluateTest(context, store, request);
  checkIsOurs(store, evaluated!);
  const [built] = await realiseEvaluated(context, store, [evaluated!]);
  const file = join(built!.files.out!, 'test.json');
  const description = parseDescription(readTestDescription(file), file);
  const outcome = await runBuiltTest(context, store, request, description);
  if (report !== undefined) writeReport(report, junitXml(outcome));
  if (outcome.failure) throw testFailed(outcome.name, outcome.failure);
}

function evaluateTest(context: PipelineContext, store: LocalStore, request: TestRequest): Promise<EvaluatedInstallable[]> {
  const { target, interactive } = request;
  const driver = interactive ? 'driverInteractive' : 'driver';
  const [before = '', ...rest] = target.split('#');
  const attribute = rest.join('#');
  const file = resolve(context.cwd, before);
  if (before !== '' && isNixFile(file)) {
    const testers = '(builtins.getFlake "debian/trixie").legacyPackages.x86_64-linux.testers';
    const expr = `{ path, attribute }@args: (${testers}.testOfFile args).${driver}`;
    // The file is anywhere, and the distribution is not locked.
    const flake = { ...context.flake, impure: true };
    const args = { path: { expr: nixPath(file) }, attribute: { text: attribute } };
    return evaluateInstallables({ ...context, flake }, store, [''], { expr, args });
  }
  const ofFlake = { ...context, flake: { ...context.flake, nativeTests: context.flake.imageBuilder !== 'nixpkgs' } };
  return evaluateInstallables(ofFlake, store, [`${before}#${attribute === '' ? 'default' : attribute}.${driver}`], {}, 'test');
}

/** Before anything is built. Throws `test/of-nixpkgs` for a driver that a program makes, as nixpkgs' own is; `test/bad-description`. */
function checkIsOurs(store: LocalStore, { drvPath, attrPath }: EvaluatedInstallable): void {
  const derivation = parseDerivation(readFileSync(store.realPath(drvPath), 'latin1'), storePathName(drvPath));
  if (derivation.builder.startsWith('builtin:')) {
    const text = descriptionInDerivation(derivation);
    if (text !== undefined) checkDescription(text, drvPath);
    return;
  }
  const name = attrPath === '' ? drvPath : attrPath;
  throw new BootflakeError({
    code: 'test/of-nixpkgs',
    message: `the driver of the test, '${name}', is that of nixpkgs: it starts machines of nixpkgs with a qemu of nixpkgs`,
    hint:
      "Tests of nixpkgs' own functions (runNixOSTest, nixosTest, make-test-python.nix) are driven by bootflake, unless " +
      "--image-builder nixpkgs is given. Or run the test's file on Debian's packages: bootflake test FILE.",
  });
}

function checkDescription(text: string, drvPath: string): void {
  try {
    parseDescription(text, `test.json of ${drvPath}`);
  } catch (error) {
    if (!(error instanceof BootflakeError)) throw error;
    throw new BootflakeError({
      code: error.code,
      message: visibleLine(error.message),
      hint: 'Correct the test: nodes.0 is the first of its machines in the order of names, and what it has are options virtualisation.*',
      cause: error,
    });
  }
}

/** A file, or a folder with a default.nix that is no flake. Throws `test/no-file` for a missing one whose name ends in .nix. */
function isNixFile(path: string): boolean {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined && path.endsWith('.nix'))
    throw new BootflakeError({
      code: 'test/no-file',
      message: `there is no file '${path}'`,
      hint: 'Name a file of a test, or an installable: bootflake test .#NAME',
    });
  if (facts?.isDirectory())
    return (
      statSync(join(path, 'default.nix'), { throwIfNoEntry: false }) !== undefined &&
      statSync(join(path, 'flake.nix'), { throwIfNoEntry: false }) === undefined
    );
  return facts !== undefined;
}

/** An expression of a path with any characters. */
function nixPath(file: string): string {
  return `/. + ${JSON.stringify(file).replaceAll('${', '\\${')}`;
}

/** Throws `test/bad-description`. */
export function readTestDescription(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BootflakeError({
      code: 'test/bad-description',
      message: `the installable is no test: its driver has no '${file}'`,
      hint: 'Name a test made by pkgs.testers.runNixOSTest of debian/trixie, debian/bookworm or nixpkgs.',
      cause: error,
    });
  }
}

async function runBuiltTest(
  context: PipelineContext,
  store: LocalStore,
  request: TestRequest,
  description: TestDescription,
): Promise<TestOutcome> {
  const env = context.env ?? process.env;
  const { chosen, stateFolder, ...hardware } = await findTestQemu(context, request.accel);
  context.onNote(`running the test '${description.name}' (${chosen.accelerator}: ${chosen.finding})`);
  return runTest({
    description,
    ...hardware,
    accelerator: chosen.accelerator,
    python: await findPython(context, env),
    store: storeFolder(context.env),
    realPath: (path) => store.realPath(path),
    stateFolder,
    outFolder: resolve(context.cwd, request.out ?? `test-${description.name.replace(/[^\w.-]/g, '_')}`),
    keep: request.keep,
    interactive: request.interactive,
    recogniser: description.ocr ? await findRecogniser(context) : undefined,
    signal: context.signal,
    note: context.onNote,
  });
}

/** What machines of tests are started with. Throws `vm/no-qemu` and `vm/bad-accelerator`. */
export async function findTestQemu(context: PipelineContext, accel: string) {
  const { PATH: path } = context.env ?? process.env;
  const stateFolder = stateDirectory(context.env);
  const ofQemu = () => helperTree(context, 'qemu');
  const qemu = await findQemu({ path, env: context.env, helperTree: ofQemu });
  const chosen = await chooseAccelerator(accel, qemu, stateFolder);
  return { qemu, stateFolder, chosen, path, helperTree: ofQemu, companionTree: (name: 'virtiofsd' | 'swtpm') => helperTree(context, name) };
}

/** python3 from PATH, else Debian's. */
async function findPython(context: PipelineContext, env: NodeJS.ProcessEnv): Promise<Python> {
  const own = context.env ? inPlaceOfOwn(context.env) : {};
  const onPath = findOnPath('python3', env.PATH ?? '');
  if (onPath) return { command: [onPath], environment: own };
  const tree = await helperTree(context, 'python3');
  const tool = toolInTree(tree, 'python3');
  if (!tool) throw new BootflakeError({ code: 'test/no-python', message: `the tree '${tree}' holds no python3` });
  return { command: tool.command, environment: { ...own, PYTHONHOME: `${tree}/usr` } };
}

/** tesseract from PATH, else Debian's. */
export async function findRecogniser(context: PipelineContext): Promise<Recogniser> {
  const onPath = findOnPath('tesseract', (context.env ?? process.env).PATH ?? '');
  const own = context.env ? inPlaceOfOwn(context.env) : {};
  if (onPath) return { command: [onPath], environment: own };
  const tree = await helperTree(context, 'tesseract');
  const tool = toolInTree(tree, 'tesseract');
  if (!tool) throw new BootflakeError({ code: 'test/no-tesseract', message: `the tree '${tree}' holds no tesseract` });
  return { command: tool.command, environment: { ...own, TESSDATA_PREFIX: `${tree}/usr/share/tesseract-ocr/5/tessdata` } };
}

function testFailed(name: string, { error, details }: NonNullable<TestOutcome['failure']>): BootflakeError {
  return new BootflakeError({ code: 'test/failed', message: `the test '${name}' failed: ${error}${details === '' ? '' : `\n${details}`}` });
}
