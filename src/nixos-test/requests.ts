/** What a test's script asks for, checked, and done with its machines. The driver in Python is distro/nixos/lib/testing/driver. */
import { basename, join } from 'node:path';
import * as v from 'valibot';

export interface CommandRequest {
  words: readonly string[];
  /** Until its end. */
  wait: boolean;
  /** The machine may end first. */
  lenient: boolean;
  /** The files of standard input and output. */
  input?: string | undefined;
  output?: string | undefined;
}

/** What requests do with a machine. */
export interface TestMachine {
  /** Returns qemu's process id. */
  start(allowReboot: boolean): Promise<number>;
  /** Waits until it executes commands. */
  connect(): Promise<void>;
  /** The next `connect` waits for a reset that begins from now on. */
  expectReset(): void;
  execute(request: CommandRequest): Promise<{ status: number; output: Buffer }>;
  untilEnd(): Promise<void>;
  crash(): Promise<void>;
  monitor(command: string): Promise<string>;
  screenshot(file: string): Promise<void>;
  /** The text on the screen, recognised in several ways or in the likeliest. */
  screenText(onlyOne: boolean): Promise<string[]>;
  setLink(up: boolean): Promise<void>;
  sendConsole(text: string): void;
}

export interface SubtestResult {
  name: string;
  seconds: number;
  error?: string | undefined;
}

export interface ScriptFailure {
  traceback: string[];
  error: string;
  /** Whose fault it may be. */
  machine: string | null;
}

/** What requests do besides. */
export interface TestReport {
  print(text: string): void;
  serialOutput(on: boolean): void;
  subtest(result: SubtestResult): void;
  finished(): void;
  failed(failure: ScriptFailure): void;
}

const machine = v.string();
/** A file in the test's own folder. */
const ownFile = v.optional(v.pipe(v.string(), v.regex(/^transfer-\w+$/)));

const requestSchema = v.variant('op', [
  v.object({ op: v.literal('print'), text: v.string() }),
  v.object({ op: v.literal('serial-output'), on: v.boolean() }),
  v.object({ op: v.literal('subtest'), name: v.string(), seconds: v.number(), error: v.optional(v.string()) }),
  v.object({ op: v.literal('finished') }),
  v.object({ op: v.literal('failed'), traceback: v.array(v.string()), error: v.string(), machine: v.nullable(v.string()) }),
  v.object({ op: v.literal('start'), machine, allowReboot: v.boolean() }),
  v.object({ op: v.literal('connect'), machine }),
  v.object({ op: v.literal('expect-reset'), machine }),
  v.object({
    op: v.literal('execute'),
    machine,
    command: v.array(v.string()),
    wait: v.boolean(),
    lenient: v.optional(v.boolean(), false),
    input: ownFile,
    output: ownFile,
  }),
  v.object({ op: v.literal('wait-end'), machine }),
  v.object({ op: v.literal('crash'), machine }),
  v.object({ op: v.literal('monitor'), machine, command: v.string() }),
  v.object({ op: v.literal('screenshot'), machine, file: v.string() }),
  v.object({ op: v.literal('screen-text'), machine, onlyOne: v.boolean() }),
  v.object({ op: v.literal('set-link'), machine, up: v.boolean() }),
  v.object({ op: v.literal('send-console'), machine, text: v.string() }),
]);

type Request = v.InferOutput<typeof requestSchema>;
type MachineRequest = Extract<Request, { machine: string; op: Exclude<Request['op'], 'failed'> }>;

/** Returns what replies to a request. `folder`: of the test's own files. */
export function requestHandler(
  machines: ReadonlyMap<string, TestMachine>,
  report: TestReport,
  folder: string,
): (request: unknown) => Promise<unknown> {
  return async (value) => {
    const request = v.parse(requestSchema, value);
    switch (request.op) {
      case 'print':
        return report.print(request.text);
      case 'serial-output':
        return report.serialOutput(request.on);
      case 'subtest':
        return report.subtest(request);
      case 'finished':
        return report.finished();
      case 'failed':
        return report.failed(request);
      default: {
        const found = machines.get(request.machine);
        if (!found) throw new Error(`the test has no machine '${request.machine}'`);
        return ofMachine(found, request, folder);
      }
    }
  };
}

async function ofMachine(on: TestMachine, request: MachineRequest, folder: string): Promise<unknown> {
  switch (request.op) {
    case 'start':
      return on.start(request.allowReboot);
    case 'connect':
      return on.connect();
    case 'expect-reset':
      return on.expectReset();
    case 'execute': {
      const { command: words, wait, lenient, input, output } = request;
      const file = (name: string | undefined) => (name === undefined ? undefined : join(folder, basename(name)));
      const result = await on.execute({ words, wait, lenient, input: file(input), output: file(output) });
      return { status: result.status, output: result.output.toString('base64') };
    }
    case 'wait-end':
      return on.untilEnd();
    case 'crash':
      return on.crash();
    case 'monitor':
      return on.monitor(request.command);
    case 'screenshot':
      return on.screenshot(request.file);
    case 'screen-text':
      return on.screenText(request.onlyOne);
    case 'set-link':
      return on.setLink(request.up);
    case 'send-console':
      return on.sendConsole(request.text);
  }
}
