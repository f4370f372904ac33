/** Python, which runs a test's script, and the connection to it: see distro/nixos/lib/testing/driver/test_driver/link.py. */
import type { Duplex } from 'node:stream';
import { startProgram, type ProgramEnd, type RunningProgram } from '../system/child-process.ts';

export interface Python {
  /** The program and the arguments before the script's. */
  command: readonly string[];
  environment: Record<string, string | undefined>;
}

export interface DriverOptions {
  python: Python;
  /** The physical folder of the driver. */
  driver: string;
  /** A JSON file: outDir, stateDir, store, script, machines, interactive. */
  settings: string;
  environment: Record<string, string | undefined>;
  /** On the user's terminal. */
  interactive: boolean;
  /** Resolves to the result of a request, or rejects. */
  onRequest(request: unknown): Promise<unknown>;
}

/** Characters of a request. */
const longestLine = 64 << 20;

export class DriverProcess {
  private readonly program: RunningProgram;
  private readonly socket: Duplex;
  private unread: string[] = [];
  private unreadLength = 0;

  constructor(private readonly options: DriverOptions) {
    const { python, driver, settings, environment, interactive } = options;
    // -B: the store is not written to.
    this.program = startProgram([...python.command, '-B', '-s', driver, settings], {
      terminal: interactive ? 'inherit' : 'none',
      sockets: 1,
      environment: { PYTHONPATH: undefined, PYTHONUTF8: '1', ...python.environment, ...environment },
    });
    this.socket = this.program.sockets[0]!;
    this.socket.setEncoding('utf8');
    this.socket.on('data', (text: string) => this.receive(text));
  }

  get ended(): Promise<ProgramEnd> {
    return this.program.ended;
  }

  errorOutput(): string {
    return this.program.errorOutput();
  }

  tell(event: 'console' | 'ended', values: Record<string, unknown>): void {
    this.send({ event, ...values });
  }

  kill(): void {
    this.program.kill('SIGKILL');
  }

  private send(message: Record<string, unknown>): void {
    if (!this.socket.destroyed && !this.socket.writableEnded) this.socket.write(`${JSON.stringify(message)}\n`);
  }

  private receive(text: string): void {
    this.unread.push(text);
    this.unreadLength += text.length;
    if (this.unreadLength > longestLine) return this.kill();
    if (!text.includes('\n')) return;
    const lines = this.unread.join('').split('\n');
    const rest = lines.pop()!;
    this.unread = [rest];
    this.unreadLength = rest.length;
    for (const line of lines) void this.reply(JSON.parse(line) as Record<string, unknown>);
  }

  private async reply({ id, ...request }: Record<string, unknown>): Promise<void> {
    try {
      const result = await this.options.onRequest(request);
      if (typeof id === 'number') this.send({ id, result });
    } catch (error) {
      if (typeof id === 'number') this.send({ id, error: (error as Error).message });
    }
  }
}
