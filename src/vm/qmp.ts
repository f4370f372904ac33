/** The parts of qemu's machine protocol that we need: https://www.qemu.org/docs/master/interop/qmp-spec.html . One JSON object a line. */
import type { Duplex } from 'node:stream';

export interface QmpEvent {
  event: string;
  data?: Record<string, unknown>;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class QmpClient {
  private readonly pending: Pending[] = [];
  private readonly listeners = new Set<(event: QmpEvent) => void>();
  private rest = '';
  private closed = false;
  /** Resolves when qemu has greeted and accepts commands; rejects when it ends first. */
  readonly ready: Promise<void>;

  constructor(private readonly socket: Duplex) {
    const greeted = new Promise<void>((resolve, reject) => this.pending.push({ resolve: () => resolve(), reject }));
    this.ready = greeted.then(() => this.command('qmp_capabilities')).then(() => {});
    this.ready.catch(() => {});
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.receive(text));
    socket.on('close', () => this.fail());
    socket.on('end', () => this.fail());
  }

  /** Sends a command and returns its result. */
  command(execute: string, args?: Record<string, unknown>): Promise<unknown> {
    if (this.closed) return Promise.reject(new Error('qemu has ended'));
    const result = new Promise<unknown>((resolve, reject) => this.pending.push({ resolve, reject }));
    this.socket.write(`${JSON.stringify({ execute, ...(args && { arguments: args }) })}\n`);
    return result;
  }

  onEvent(listener: (event: QmpEvent) => void): void {
    this.listeners.add(listener);
  }

  private receive(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) if (line.trim() !== '') this.take(JSON.parse(line) as Record<string, unknown>);
  }

  private take(message: Record<string, unknown>): void {
    if (typeof message.event === 'string') {
      for (const listener of this.listeners) listener(message as unknown as QmpEvent);
    } else if ('QMP' in message || 'return' in message) {
      this.pending.shift()?.resolve(message.return);
    } else if ('error' in message) {
      this.pending.shift()?.reject(new Error(String((message.error as { desc?: unknown }).desc)));
    }
  }

  private fail(): void {
    this.closed = true;
    for (const { reject } of this.pending.splice(0)) reject(new Error('qemu has ended'));
  }
}
