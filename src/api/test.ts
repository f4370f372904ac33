/**
 * Tests of machines in TypeScript, on top of node:test: see {@link test}.
 *
 * @packageDocumentation
 */
import { createReadStream, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test as nodeTest, type TestContext } from 'node:test';
import * as tar from 'tar';
import { BootflakeError } from '../base/errors.ts';
import { parseDescription, type TestDescription } from '../nixos-test/description.ts';
import { NodeSet } from '../nixos-test/node-set.ts';
import { ScriptMachine } from '../nixos-test/script-machine.ts';
import type { Transfer } from '../nixos-test/command-machine.ts';
import { defaultFlakeOptions } from '../settings/options.ts';
import { removeTree } from '../store/physical-tree.ts';
import { makePrivateFolder } from '../system/file-operations.ts';
import { ownName } from '../vm/abandoned.ts';
import { closeConnections } from '../system/http-dispatchers.ts';
import { unpackUnder } from './copy-machine-files.ts';
import { helperPrograms } from './helper-programs.ts';
import { machineModules, testExpression, type NodeModule } from './machine-modules.ts';
import { findRecogniser, findTestQemu, readTestDescription } from './nixos-test.ts';
import { evaluateInstallables, openStore, realiseEvaluated, type PipelineContext } from './pipeline.ts';

export { BootflakeError } from '../base/errors.ts';
export type { NodeModule } from './machine-modules.ts';
export type { CommandOutcome, TimeoutOption } from '../nixos-test/command-machine.ts';
export type { AddressOption, UserOption } from '../nixos-test/script-machine.ts';

/** A machine of a test. Methods mean what NixOS's manual says of those of the same names in Python. */
export type TestMachine = ScriptMachine;

/** What {@link test} needs to make the machines. */
export interface MachineTestOptions<Name extends string = string> {
  /** The test's name. */
  name: string;
  /**
   * The machines by their names, each a module of NixOS: its text in Nix, `{ file }`, or `{ installable }` for one of a flake
   * (`.#nixosModules.web`). They are in network 1, and know each other's names.
   */
  nodes: Record<Name, NodeModule>;
  /** The distribution: the reference of a flake. Defaults to `debian/trixie`. */
  distribution?: string;
  /** Where files and installables are looked up. Defaults to the process's folder. */
  cwd?: string;
  /** How machines are emulated: `auto`, `kvm`, `hvf` or `tcg`. Defaults to `auto`. */
  accel?: string;
  /** Whether text on screens is recognised, by tesseract. Defaults to false. */
  enableOCR?: boolean;
  /** Seconds that the whole test may take. Defaults to 3600. */
  globalTimeout?: number;
  /** Why the test is skipped, or whether. Defaults to false. */
  skip?: string | boolean;
  /** Called with each line of a machine's console, and what the test does. Defaults to the test's diagnostic messages. */
  onLog?: (line: string) => void;
}

/** Lines of the journal in an error. */
const journalLines = 24;

/**
 * Declares a test of node:test with machines: they are built, and started when they are first used, or by `startAll`; whatever happens,
 * none runs afterwards. The error of a failed test has the last lines of the journal of its machine. Returns node:test's promise.
 *
 * @example
 * ```ts
 * import { test } from 'bootflake/test';
 *
 * test({ name: 'web', nodes: { server: '{ services.openssh.enable = true; }', client: '{ }' } }, async ({ server, client }) => {
 *   await server.waitForUnit('sshd.service');
 *   await client.succeed('nc -z server 22');
 * });
 * ```
 */
export function test<Name extends string>(
  options: MachineTestOptions<Name>,
  run: (machines: { readonly [K in Name]: TestMachine }, context: MachineTestContext) => Promise<void> | void,
): Promise<void> {
  const { name, skip = false, globalTimeout = 3600 } = options;
  return nodeTest(name, { skip, timeout: globalTimeout * 1000 }, (context) => runMachineTest(options, run, context));
}

/** What a test can use besides its machines. */
export interface MachineTestContext {
  /** Starts all machines, without waiting for them. */
  startAll(): Promise<void>;
  /** A step with a name, as node:test's. */
  subtest(name: string, step: () => Promise<void>): Promise<void>;
  /** node:test's own. */
  readonly test: TestContext;
}

async function runMachineTest<Name extends string>(
  options: MachineTestOptions<Name>,
  run: (machines: { readonly [K in Name]: TestMachine }, context: MachineTestContext) => Promise<void> | void,
  context: TestContext,
): Promise<void> {
  const log = options.onLog ?? ((line: string) => context.diagnostic(line));
  const calls = pipelineOf(options, context.signal, log);
  const store = await openStore(calls);
  try {
    const { expr, args } = testExpression(options, machineModules(options.nodes, calls.cwd));
    const evaluated = await evaluateInstallables(calls, store, [''], { expr, args });
    const [built] = await realiseEvaluated(calls, store, evaluated);
    const file = join(built!.files.out!, 'test.json');
    const description = parseDescription(readTestDescription(file), file);
    const { chosen, stateFolder, ...hardware } = await findTestQemu(calls, options.accel ?? 'auto');
    mkdirSync(stateFolder, { recursive: true });
    const folder = makePrivateFolder(join(stateFolder, ownName('run-')));
    const machines = new Map<string, ScriptMachine>();
    const set = new NodeSet({
      nodes: description.nodes,
      ...hardware,
      accelerator: chosen.accelerator,
      folder,
      realPath: (path) => store.realPath(path),
      recogniser: options.enableOCR ? await findRecogniser(calls) : undefined,
      onLine: (node, line, from) => {
        log(`${node} # ${line}`);
        if (from === 'console') machines.get(node)?.consoleLine(line);
      },
      onEnded: () => {},
    });
    const transfer = archivesIn(folder);
    for (const [name, node] of set.nodes) machines.set(name, new ScriptMachine(node, transfer, log, context.signal));
    try {
      await run(byAttribute(options, description, machines), {
        startAll: async () => void (await Promise.all([...machines.values()].map((machine) => machine.start()))),
        subtest: (name, step) => context.test(name, step),
        test: context,
      });
    } catch (error) {
      throw await withJournal(error, set);
    } finally {
      await set.close();
      removeTree(folder);
    }
  } finally {
    await closeConnections();
  }
}

function archivesIn(folder: string): Transfer {
  let count = 0;
  const newArchive = (): string => {
    count += 1;
    return join(folder, `transfer-${count}`);
  };
  return {
    newArchive,
    async pack(source) {
      const file = newArchive();
      // What a symlink refers to, as a copy of it.
      await tar.create({ file, cwd: dirname(realpathSync(source)), portable: true, onWriteEntry: named(source) }, [
        basename(realpathSync(source)),
      ]);
      return file;
    },
    async unpack(archive, name, target) {
      mkdirSync(target, { recursive: true });
      await pipeline(createReadStream(archive), unpackUnder(target, { sent: name, wanted: name }));
    },
  };
}

/** The entries under the name that the source was given by. */
function named(source: string): (entry: { path: string }) => void {
  const length = basename(realpathSync(source)).length;
  return (entry) => {
    entry.path = basename(source) + entry.path.slice(length);
  };
}

/** As NixOS, the description names machines by their host names, in the order of the attributes. */
function byAttribute<Name extends string>(
  { nodes }: MachineTestOptions<Name>,
  description: TestDescription,
  machines: ReadonlyMap<string, ScriptMachine>,
): { readonly [K in Name]: TestMachine } {
  const names = Object.keys(nodes).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return Object.fromEntries(names.map((name, i) => [name, machines.get(description.nodes[i]!.name)])) as Record<Name, TestMachine>;
}

async function withJournal(error: unknown, set: NodeSet): Promise<unknown> {
  if (!(error instanceof BootflakeError) || error.code !== 'test/failed') return error;
  const machine = [...set.nodes.keys()].find((name) => error.message.startsWith(`${name}: `));
  const last = await set.lastLines(machine, journalLines);
  return last === '' ? error : new BootflakeError({ code: error.code, message: `${error.message}\n${last}`, cause: error });
}

function pipelineOf(options: MachineTestOptions, signal: AbortSignal, log: (line: string) => void): PipelineContext {
  const context: PipelineContext = {
    cwd: resolve(options.cwd ?? process.cwd()),
    // The modules' files are anywhere, and the distribution is not locked.
    flake: { ...defaultFlakeOptions, impure: true },
    signal,
    onProgress: () => {},
    onLog: (name, line) => log(`${name}> ${line}`),
    onNote: log,
    onWarning: (message) => log(`warning: ${message}`),
  };
  return { ...context, findTool: helperPrograms(context) };
}
