/** Runs a test: Python for its script, its machines and the networks between them, from the first line to the end of all of them. */
import fs from 'node:fs';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { removeTree } from '../store/physical-tree.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { makeDirectories, makePrivateFolder } from '../system/file-operations.ts';
import { ownName } from '../vm/abandoned.ts';
import type { Accelerator } from '../vm/qemu-arguments.ts';
import type { TestDescription } from './description.ts';
import { DriverProcess, type Python } from './driver-process.ts';
import type { TestOutcome } from './junit.ts';
import type { HardwareHost } from './node-hardware.ts';
import { NodeSet } from './node-set.ts';
import { checkOutputFolder } from './results-place.ts';
import type { Recogniser } from './screen-text.ts';
import { requestHandler, type ScriptFailure, type SubtestResult } from './requests.ts';

export interface RunTestOptions extends Omit<HardwareHost, 'folder'> {
  description: TestDescription;
  accelerator: Accelerator;
  python: Python;
  /** Where the files of /nix/store are. */
  store: string;
  /** The parent of the test's own folder. */
  stateFolder: string;
  /** For the script's files. Removed if it is made and remains empty. */
  outFolder: string;
  /** Keeps the test's own folder. */
  keep: boolean;
  interactive: boolean;
  recogniser: Recogniser | undefined;
  signal: AbortSignal;
  /** Prints a line. */
  note(line: string): void;
}

/** Lines of the journal in an error. */
const journalLines = 24;

/** Throws `test/no-driver` when Python cannot run the driver, `test/bad-output-folder`, and the signal's reason. */
export async function runTest(options: RunTestOptions): Promise<TestOutcome> {
  const { stateFolder, outFolder, keep, note } = options;
  // A folder that is named after this process is removed when it is dead.
  makeDirectories(stateFolder);
  checkOutputFolder(outFolder);
  const isOurs = !fs.existsSync(outFolder);
  makeDirectories(outFolder);
  const folder = makePrivateFolder(join(stateFolder, keep ? 'kept-test-' : ownName('run-')));
  try {
    return await new TestRun(options, folder).run();
  } finally {
    if (isOurs && fs.readdirSync(outFolder).length === 0) fs.rmdirSync(outFolder);
    if (keep) note(`the disks of the machines are kept in ${folder}`);
    else removeTree(folder);
  }
}

class TestRun {
  private readonly set: NodeSet;
  private readonly subtests: SubtestResult[] = [];
  private showsConsole = true;
  private driver: DriverProcess | undefined;
  private result: 'finished' | ScriptFailure | undefined;

  constructor(
    private readonly options: RunTestOptions,
    private readonly folder: string,
  ) {
    const { description, qemu, accelerator, realPath, path, helperTree, companionTree, recogniser, note } = options;
    this.set = new NodeSet({
      nodes: description.nodes,
      qemu,
      accelerator,
      folder,
      realPath,
      path,
      helperTree,
      companionTree,
      recogniser,
      onLine: (node, line, from) => {
        if (this.showsConsole || from === 'errors') note(`${node} # ${line}`);
        if (from === 'console') this.driver?.tell('console', { machine: node, text: line });
      },
      onEnded: (node) => this.driver?.tell('ended', { machine: node }),
    });
  }

  async run(): Promise<TestOutcome> {
    const { description, signal, note } = this.options;
    const begun = monotonicMilliseconds();
    const onAbort = () => this.driver?.kill();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.runDriver();
      signal.throwIfAborted();
      const seconds = (monotonicMilliseconds() - begun) / 1000;
      note(`test script finished in ${seconds.toFixed(2)}s`);
      const outcome = { name: description.name, seconds, subtests: this.subtests };
      if (this.result === 'finished') return outcome;
      return { ...outcome, failure: await this.failure(this.result!) };
    } finally {
      signal.removeEventListener('abort', onAbort);
      await this.set.close();
    }
  }

  private async runDriver(): Promise<void> {
    const { description, python, interactive, outFolder, store, realPath, signal } = this.options;
    const settings = join(this.folder, 'settings.json');
    fs.writeFileSync(
      settings,
      JSON.stringify({
        outDir: outFolder,
        stateDir: this.folder,
        store,
        script: description.script,
        machines: description.nodes.map(({ name }) => name),
        interactive,
      }),
      { mode: 0o600 },
    );
    signal.throwIfAborted();
    const driver = new DriverProcess({
      python,
      driver: realPath(description.driver),
      settings,
      environment: { out: outFolder },
      interactive,
      onRequest: requestHandler(this.set.nodes, this.report(), this.folder),
    });
    this.driver = driver;
    const limit = setTimeout(() => this.timedOut(), description.globalTimeout * 1000);
    try {
      const end = await driver.ended.catch((error: Error): never => {
        throw noDriver(error.message);
      });
      if (this.result === undefined && !signal.aborted)
        throw noDriver(`it ended by itself (${end.status ?? end.signal}): ${driver.errorOutput().trim() || 'without a message'}`);
    } finally {
      clearTimeout(limit);
    }
  }

  private report() {
    const { note } = this.options;
    return {
      print: (text: string) => note(text),
      serialOutput: (on: boolean) => {
        this.showsConsole = on;
      },
      subtest: (result: SubtestResult) => void this.subtests.push(result),
      finished: () => {
        this.result ??= 'finished';
      },
      failed: (failure: ScriptFailure) => {
        this.result ??= failure;
        for (const line of failure.traceback) note(`!!! ${line}`);
      },
    };
  }

  private timedOut(): void {
    const { globalTimeout } = this.options.description;
    this.result ??= { traceback: [], error: `the test took longer than ${globalTimeout} s (globalTimeout)`, machine: null };
    this.driver?.kill();
  }

  /** With the last lines of the machine that the error is about. */
  private async failure({ error, machine, traceback }: ScriptFailure): Promise<{ error: string; details: string }> {
    const tail = await this.set.lastLines(machine ?? undefined, journalLines);
    // The message says it already.
    const steps = traceback.at(-1) === error ? traceback.slice(0, -1) : traceback;
    return { error, details: [steps.join('\n'), tail].filter(Boolean).join('\n') };
  }
}

function noDriver(why: string): BootflakeError {
  return new BootflakeError({
    code: 'test/no-driver',
    message: `Python does not run the test's script: ${why}`,
    hint: 'The driver needs Python 3.9 or newer as python3 on PATH.',
  });
}
