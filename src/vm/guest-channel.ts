/**
 * Commands in a guest over its ports bootflake.shell.N, as root, without network, sshd or password. The protocol is described in
 * distro/nixos/modules/virtualisation/guest-shell.pl. The guest may be hostile: what it sends is bounded and never becomes more than bytes
 * of output and a status.
 */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { BootflakeError } from '../base/errors.ts';
import { sleep } from '../system/sleep.ts';
import type { GuestPort } from './qemu-arguments.ts';
import type { TerminalSize } from './guest-terminal.ts';

/** How many commands run at the same time. */
export const guestShells = 8;

export function shellGuestPort(index: number, channel: GuestPort['channel']): GuestPort {
  return { id: `shell${index}`, name: `bootflake.shell.${index}`, channel };
}

export interface GuestCommand {
  words: readonly string[];
  /** Gives the command a terminal of this size, of this kind (TERM). Defaults to none. */
  terminal?: { size: TerminalSize; kind: string } | undefined;
  /** The guest waits until a promise resolves. */
  onOutput(bytes: Uint8Array): void | Promise<void>;
  /** Not with a terminal. */
  onErrorOutput(bytes: Uint8Array): void | Promise<void>;
}

/** As a shell's: 128 and more for a signal. */
export interface GuestCommandEnd {
  status: number;
  /** The number of the signal that ended it. */
  signal?: number;
}

export interface OpenOptions {
  /** Milliseconds to wait for the guest, which may still be booting. */
  timeout: number;
  signal?: AbortSignal | undefined;
}

const types = { start: 1, input: 2, inputEnd: 3, signal: 4, size: 5 } as const;
const replies = { greeting: 16, output: 17, errors: 18, end: 19, accepted: 20, refused: 21 } as const;

const largestFrame = 65536;
/** Bytes of input that may be on their way. */
const inputWindow = 262144;
/** Milliseconds until a greeting is repeated. */
const repetition = 500;

/** One command in the guest at a time. The socket is left open. */
export class GuestChannel {
  private received: Buffer = Buffer.alloc(0);
  private running: Running | undefined;
  private onGreeting: ((digits: string) => void) | undefined;
  private failed: BootflakeError | undefined;
  private readonly onData = (bytes: Buffer) => this.receive(bytes);
  private readonly onClose = () => this.fail(new BootflakeError({ code: 'vm/guest-gone', message: 'the machine has ended' }));

  private constructor(private readonly socket: Duplex) {
    socket.on('data', this.onData);
    for (const event of ['close', 'end'] as const) socket.on(event, this.onClose);
  }

  /** Waits until the guest replies. Throws `vm/guest-silent`, `vm/guest-gone`, and the signal's reason. */
  static async open(socket: Duplex, options: OpenOptions): Promise<GuestChannel> {
    const channel = new GuestChannel(socket);
    try {
      await channel.greet(options);
      return channel;
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /** Stops listening; the socket remains. */
  close(): void {
    this.socket.off('data', this.onData);
    for (const event of ['close', 'end'] as const) this.socket.off(event, this.onClose);
  }

  /** Starts the command. Throws `vm/guest-command` when the guest cannot. */
  run(command: GuestCommand): GuestProcess {
    if (this.running && !this.running.over) throw new Error('a command is running on this channel');
    const { terminal, words } = command;
    const texts = terminal
      ? ['tty', String(terminal.size.rows), String(terminal.size.columns), terminal.kind, ...words]
      : ['pipe', '', '', '', ...words];
    const payload = Buffer.from(texts.map((text) => `${text}\0`).join(''), 'utf8');
    if (words.some((word) => word.includes('\0')) || payload.length > largestFrame)
      throw new BootflakeError({
        code: 'vm/guest-command',
        message: payload.length > largestFrame ? 'the command is longer than 64 KiB' : 'a word of the command has a NUL character',
        hint: 'Copy it into the machine as a file, and run that.',
      });
    const running = new Running(command, (type, bytes) => this.send(type, bytes), this.socket);
    this.running = running;
    if (this.failed) running.fail(this.failed);
    else this.send(types.start, payload);
    return running;
  }

  private async greet({ timeout, signal }: OpenOptions): Promise<void> {
    const digits = randomBytes(8).toString('hex');
    const greeting = Buffer.from(`\0BFSH1\n${digits}`, 'latin1');
    await new Promise<void>((resolve, reject) => {
      let tries = 0;
      const hello = () => {
        // The guest may be within a frame of an earlier host's: zeros fill it up.
        if (tries++ > 1) this.socket.write(Buffer.alloc(largestFrame));
        this.socket.write(greeting);
      };
      const again = setInterval(() => {
        if (this.socket.writableLength === 0) hello();
      }, repetition);
      const late = setTimeout(
        () =>
          finish(
            new BootflakeError({
              code: 'vm/guest-silent',
              message: `the guest did not reply within ${Math.round(timeout / 1000)} s on its port for commands`,
              hint: "It may still be booting, or be another system than bootflake's Debian: see its console (bootflake vm console).",
            }),
          ),
        timeout,
      );
      const finish = (error?: unknown) => {
        clearInterval(again);
        clearTimeout(late);
        signal?.removeEventListener('abort', onAbort);
        this.onGreeting = undefined;
        this.fail = this.failCommand;
        if (error === undefined) resolve();
        else reject(error as Error);
      };
      const onAbort = () => finish(signal?.reason);
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      this.fail = (error) => finish(error);
      this.onGreeting = (reply) => reply === digits && finish();
      hello();
    });
  }

  private failCommand = (error: BootflakeError): void => {
    this.failed ??= error;
    this.running?.fail(error);
  };

  private fail: (error: BootflakeError) => void = this.failCommand;

  private send(type: number, payload: Uint8Array): void {
    const head = Buffer.alloc(5);
    head[0] = type;
    head.writeUInt32BE(payload.length, 1);
    this.socket.write(Buffer.concat([head, payload]));
  }

  private receive(bytes: Buffer): void {
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    while (this.received.length >= 5) {
      const type = this.received[0]!;
      const length = this.received.readUInt32BE(1);
      if (type < replies.greeting || type > replies.refused || length > largestFrame) {
        // Before the greeting, these are the rest of another conversation.
        if (this.onGreeting) {
          this.received = this.received.subarray(1);
          continue;
        }
        this.received = Buffer.alloc(0);
        return this.fail(
          new BootflakeError({ code: 'vm/guest-garbled', message: 'what the guest sent on its port for commands is no frame' }),
        );
      }
      if (this.received.length < 5 + length) return;
      const payload = this.received.subarray(5, 5 + length);
      this.received = this.received.subarray(5 + length);
      if (this.onGreeting) {
        if (type === replies.greeting) this.onGreeting(payload.toString('latin1'));
      } else this.running?.take(type, payload);
    }
  }
}

/** A command that runs in the guest. */
export interface GuestProcess {
  /** Rejects with `vm/guest-gone`, `vm/guest-garbled`, `vm/guest-command`. */
  readonly ended: Promise<GuestCommandEnd>;
  /** Resolves when more may be written. Input after the command's end is dropped. */
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  /** Sends a signal to the command and its children. */
  kill(signal: number): void;
  resize(size: TerminalSize): void;
}

/** Waits for a command's end, which a hostile guest never reports. Throws `vm/guest-silent`, the signal's reason, and what `ended` does. */
export async function endWithin(
  { ended }: Pick<GuestProcess, 'ended'>,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<GuestCommandEnd> {
  const over = new AbortController();
  const late = sleep(milliseconds, signal ? AbortSignal.any([signal, over.signal]) : over.signal).then(() => {
    throw new BootflakeError({
      code: 'vm/guest-silent',
      message: `the guest did not report the end of a command within ${Math.round(milliseconds / 1000)} s`,
      hint: 'It may be busy, or not be well: see its console (bootflake vm console).',
    });
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    over.abort();
  }
}

class Running implements GuestProcess {
  readonly ended: Promise<GuestCommandEnd>;
  over = false;
  private resolve!: (end: GuestCommandEnd) => void;
  private reject!: (error: Error) => void;
  private inFlight = 0;
  private wakers: (() => void)[] = [];

  constructor(
    private readonly command: GuestCommand,
    private readonly send: (type: number, payload: Uint8Array) => void,
    private readonly socket: Duplex,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.ended.catch(() => {});
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.over; ) {
      const room = Math.min(inputWindow - this.inFlight, largestFrame);
      if (room <= 0) {
        await new Promise<void>((wake) => this.wakers.push(wake));
        continue;
      }
      const piece = bytes.subarray(at, at + room);
      this.inFlight += piece.length;
      at += piece.length;
      this.send(types.input, piece);
    }
  }

  endInput(): void {
    if (!this.over) this.send(types.inputEnd, Buffer.alloc(0));
  }

  kill(signal: number): void {
    if (!this.over) this.send(types.signal, Buffer.from(String(signal)));
  }

  resize({ rows, columns }: TerminalSize): void {
    if (!this.over) this.send(types.size, Buffer.from(`${rows}\0${columns}\0`));
  }

  take(type: number, payload: Buffer): void {
    if (this.over) return;
    if (type === replies.output) this.show(this.command.onOutput(payload));
    else if (type === replies.errors) this.show(this.command.onErrorOutput(payload));
    else if (type === replies.accepted) {
      // Not a part of a byte, nor less than none.
      const accepted = /^\d{1,9}$/.exec(payload.toString('latin1'))?.[0] ?? '0';
      this.inFlight = Math.max(0, this.inFlight - Number(accepted));
      this.wake();
    } else if (type === replies.refused) {
      this.fail(
        new BootflakeError({
          code: 'vm/guest-command',
          message: `the guest cannot start the command: ${payload.toString('utf8').slice(0, 500)}`,
        }),
      );
    } else if (type === replies.end) {
      const [how, number] = payload.toString('latin1').split('\0');
      const value = Number(number) & 0xff;
      this.over = true;
      this.wake();
      this.resolve(how === 'signal' ? { status: 128 + value, signal: value } : { status: value });
    }
  }

  fail(error: BootflakeError): void {
    this.over = true;
    this.wake();
    this.reject(error);
  }

  private show(shown: void | Promise<void>): void {
    if (!shown) return;
    this.socket.pause();
    void shown.finally(() => this.socket.resume());
  }

  private wake(): void {
    for (const waker of this.wakers.splice(0)) waker();
  }
}
