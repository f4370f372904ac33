/** Runs a test: Python for its script, its machines and the networks between them, from the first line to the end of all of them. */
import fs from 'node:fs';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { removeTree } from '../store/physical-tree.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { makeDirectories, makePrivateFolder } from '../system/file-operations.ts';
import { identityToken, ownIdentity } from '../system/process-identity.ts';
import type { Qemu } from '../vm/find-qemu.ts';
import type { Accelerator } from '../vm/qemu-arguments.ts';
import type { TestDescription } from './description.ts';
import { DriverProcess, type Python } from './driver-process.ts';
import { EthernetSwitch } from './ethernet-switch.ts';
import type { TestOutcome } from './junit.ts';
import { Node } from './node.ts';
import { requestHandler, type ScriptFailure, type SubtestResult } from './requests.ts';

export interface RunTestOptions {
  description: TestDescription;
  qemu: Qemu;
  accelerator: Accelerator;
  python: Python;
  /** Where the files of /nix/store are. */
  store: string;
  realPath(storePath: string): string;
  /** The parent of the test's own folder. */
  stateFolder: string;
  /** For the script's files. Removed if it remains empty. */
  outFolder: string;
  /** Keeps the test's own folder. */
  keep: boolean;
  interactive: boolean;
  signal: AbortSignal;
  /** Prints a line. */
  note(line: string): void;
}

/** Lines of the journal in an error. */
const journalLines = 24;

/** Throws `test/no-driver` when Python cannot run the driver, and the signal's reason. */
export async function runTest(options: RunTestOptions): Promise<TestOutcome> {
  const { stateFolder, outFolder, keep, note } = options;
  // A folder that is named after this process is removed when it is dead.
  makeDirectories(stateFolder);
  const folder = makePrivateFolder(join(stateFolder, keep ? 'kept-test-' : `run-${identityToken(ownIdentity())}-`));
  makeDirectories(outFolder);
  try {
    return await new TestRun(options, folder).run();
  } finally {
    if (fs.readdirSync(outFolder).length === 0) fs.rmdirSync(outFolder);
    if (keep) note(`the disks of the machines are kept in ${folder}`);
    else removeTree(folder);
  }
}

class TestRun {
  private readonly nodes: Map<string, Node>;
  private readonly networks = new Map<number, EthernetSwitch>();
  private readonly subtests: SubtestResult[] = [];
  private readonly end = new AbortController();
  private showsConsole = true;
  private driver: DriverProcess | undefined;
  private result: 'finished' | ScriptFailure | undefined;

  constructor(
    private readonly options: RunTestOptions,
    private readonly folder: string,
  ) {
    const { description, qemu, accelerator, realPath, note } = options;
    const host = {
      qemu,
      accelerator,
      folder,
      realPath,
      network: (vlan: number) => this.network(vlan),
      onConsoleLine: (node: string, line: string) => {
        if (this.showsConsole) note(`${node} # ${line}`);
        this.driver?.tell('console', { machine: node, text: line });
      },
      onErrorOutput: (node: string, text: string) => {
        for (const line of text.trimEnd().split('\n')) note(`${node} # ${line}`);
      },
      onEnded: (node: string) => this.driver?.tell('ended', { machine: node }),
      signal: this.end.signal,
    };
    this.nodes = new Map(description.nodes.map((node) => [node.name, new Node(node, host)]));
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
      await Promise.all([...this.nodes.values()].map((node) => node.crash()));
      this.end.abort();
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
      onRequest: requestHandler(this.nodes, this.report(), this.folder),
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
    const only = this.nodes.size === 1 ? [...this.nodes.keys()][0] : undefined;
    const node = this.nodes.get(machine ?? only ?? '');
    const last = await node?.lastLines(journalLines);
    const tail = last && `the last lines of the ${last.of} of ${node!.name}:\n${last.lines.map((line) => `  | ${line}`).join('\n')}`;
    // The message says it already.
    const steps = traceback.at(-1) === error ? traceback.slice(0, -1) : traceback;
    return { error, details: [steps.join('\n'), tail].filter(Boolean).join('\n') };
  }

  private network(vlan: number): EthernetSwitch {
    const known = this.networks.get(vlan) ?? new EthernetSwitch();
    this.networks.set(vlan, known);
    return known;
  }
}

function noDriver(why: string): BootflakeError {
  return new BootflakeError({
    code: 'test/no-driver',
    message: `Python does not run the test's script: ${why}`,
    hint: 'The driver needs Python 3.9 or newer as python3 on PATH.',
  });
}
