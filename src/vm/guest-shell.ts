/**
 * A shell of the guest, driven over its serial console. The kernel and other programs print there too, at any point, so output is not read
 * directly from the terminal: a command writes to files in the guest, which are fetched in base 64, piece by piece, and a piece with other
 * output in it is fetched again.
 */
import { BootflakeError } from '../base/errors.ts';
import { monotonicMilliseconds } from '../system/clock.ts';
import { bootFailure, explainBootFailure } from './boot-failure.ts';
import type { SerialConsole } from './console.ts';
import { guestFunctions } from './guest-functions.ts';
import { noInput, type GuestInput } from './guest-input.ts';

export interface LoginOptions {
  user: string;
  password: string;
  /** Milliseconds until the login prompt, from now. */
  bootTimeout: number;
  signal?: AbortSignal | undefined;
}

export interface CommandOptions {
  /** Milliseconds. Defaults to no limit. */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
  /** The command's standard input. Defaults to none. */
  input?: GuestInput | undefined;
  onOutput?: (bytes: Uint8Array) => void;
  onErrorOutput?: (bytes: Uint8Array) => void;
}

export interface CommandResult {
  status: number;
  output: Buffer;
  errorOutput: Buffer;
}

/** Milliseconds that a shell may take to respond; emulated machines are slow. */
const patience = 180_000;
/** Bytes fetched at a time; fewer while something else writes much to the console. */
const [largestPiece, smallestPiece] = [24_000, 250];
/** Bytes of a command's input in a piece, and how many pieces wait in the guest for a command that does not read. */
const [inputPiece, mostPieces] = [12_000, 4];
/** Includes the user who is logged in automatically. */
const loginPrompt = /(?:^|[\r\n])[^\r\n]*\blogin: (\S+ \(automatic login\))?/;
/** Milliseconds between checks for input. */
const glance = 100;
/** The end of most shells' prompts, coloured or not. */
const prompt = /[$#%>](?:\x1b\[[0-9;?]*[A-Za-z])* ?(?:\x1b\[[0-9;?]*[A-Za-z])*$/;

/**
 * Logs in on a console that shows, or will show, a login prompt; returns the user's shell. Throws `vm/login-failed`, `vm/boot-failed`,
 * `vm/timeout`.
 */
export async function logIn(serial: SerialConsole, options: LoginOptions): Promise<GuestShell> {
  const { signal } = options;
  let prompted = false;
  const found = await serial.waitFor(new RegExp(`${loginPrompt.source}|${bootFailure.source}`), {
    purpose: 'a login prompt',
    timeout: options.bootTimeout,
    signal,
  });
  const failure = explainBootFailure(serial, found[0]);
  if (failure) throw failure;
  if (found[1] === undefined) {
    serial.write(`${options.user}\n`);
    const asked = await serial.waitFor(new RegExp(`[Pp]assword: ?|${prompt.source}`), {
      purpose: 'the password prompt',
      timeout: patience,
      signal,
    });
    prompted = !/assword/.test(asked[0]);
    if (!prompted) serial.write(`${options.password}\n`);
  }
  const shell = new GuestShell(serial, options);
  await shell.begin(prompted);
  return shell;
}

export class GuestShell {
  private commands = 0;
  private looks = 0;
  private piece = largestPiece;

  constructor(
    private readonly serial: SerialConsole,
    private readonly login: LoginOptions,
  ) {}

  /** Replaces the user's shell by a plain POSIX shell without echo and prompt. `prompted`: the user's shell has shown its prompt. */
  async begin(prompted: boolean): Promise<void> {
    const { serial } = this;
    // With quotes in its middle, so that the echo of the input does not match; twice, as the kernel may print into one.
    const ask = 'exec /bin/sh -c \'stty -echo -onlcr; PS1= PS2= ENV= exec /bin/sh\'\necho bootflake-"ready"; echo bootflake-"ready"\n';
    const deadline = monotonicMilliseconds() + patience;
    const refused = /[Ll]ogin incorrect|[\r\n][^\r\n]*login: $/;
    for (let wait = !prompted; ; wait = true) {
      // A running login may discard input; so wait for something that looks like a prompt, but not for ever.
      const seen = wait ? await this.attempt(new RegExp(`${prompt.source}|${refused.source}`), 5000) : undefined;
      if (seen !== undefined && refused.test(seen)) {
        throw serial.failure(
          'vm/login-failed',
          `the guest refused the user '${this.login.user}' with ${this.login.password === '' ? 'an empty password' : 'that password'}`,
          'Name another with --user and --password.',
        );
      }
      serial.write(ask);
      if (await this.attempt(/bootflake-ready/, 10_000)) break;
      if (monotonicMilliseconds() > deadline) throw serial.failure('vm/timeout', 'no shell responded after the login');
    }
    serial.write(
      'PS1= PS2=; unset ENV; bf=$(mktemp -d) && echo bootflake-"begun" bootflake-"begun"; echo bootflake-"asked" bootflake-"asked"\n',
    );
    const reply = await serial.waitFor(/bootflake-(begun|asked)/, { purpose: 'the shell', timeout: patience, signal: this.login.signal });
    if (reply[1] !== 'begun') throw serial.failure('vm/no-temporary-folder', 'the guest has no place for a temporary folder');
    serial.write(guestFunctions);
  }

  /** Runs a command with the user's own shell, passing its input and fetching its output as they arrive. */
  async run(command: string, options: CommandOptions = {}): Promise<CommandResult> {
    const id = ++this.commands;
    const started = monotonicMilliseconds();
    const [output, errorOutput] = [new Fetched(options.onOutput), new Fetched(options.onErrorOutput)];
    const input = options.input ?? noInput;
    this.send(command, id, input.ended);
    let sent = input.ended ? undefined : 0;
    let fed = 0;
    for (let pause = 300; ; ) {
      const takes = sent !== undefined && sent - fed < mostPieces;
      await this.ending(id, pause, () => takes && input.ready, options.signal);
      while (sent !== undefined && sent - fed < mostPieces && input.ready) sent = await this.give(id, sent, input, options.signal);
      const seen = await this.look(id, output.size, errorOutput.size, options);
      const news = [output.add(seen.output), errorOutput.add(seen.errorOutput), seen.fed > fed];
      fed = seen.fed;
      if (seen.status !== undefined && output.size === seen.outputSize && errorOutput.size === seen.errorSize) {
        return { status: seen.status, output: output.bytes(), errorOutput: errorOutput.bytes() };
      }
      if (options.timeout !== undefined && monotonicMilliseconds() - started > options.timeout) {
        throw this.serial.failure('vm/timeout', `the command '${command}' did not end within ${Math.round(options.timeout / 1000)} s`);
      }
      pause = news.includes(true) ? 0 : Math.min(Math.max(300, pause * 1.5), 2000);
    }
  }

  /** Makes the guest power itself off. Resolves within seconds if that is refused; otherwise wait for the machine's end. */
  async powerOff(): Promise<void> {
    const password = Buffer.from(`${this.login.password}\n`, 'utf8').toString('base64');
    const asRoot = 'poweroff || /sbin/poweroff';
    const asUser = `echo ${password} | base64 -d | sudo -S -p '' poweroff || systemctl --no-ask-password poweroff`;
    this.serial.drain();
    this.serial.write(
      `rm -rf "$bf"; { if [ "$(id -u)" = 0 ]; then ${asRoot}; else ${asUser}; fi; } >/dev/null 2>&1 </dev/null || echo "@power refused;"\n`,
    );
    await this.attempt(/@power refused;/, patience);
  }

  /** A terminal accepts lines of at most 4095 bytes: sends the command in base 64, in short lines. */
  private send(command: string, id: number, noInput: boolean): void {
    const encoded = Buffer.from(command, 'utf8')
      .toString('base64')
      .match(/.{1,1000}/g) ?? [''];
    this.serial.write('bf_c=\n');
    for (const part of encoded) this.serial.write(`bf_c=\${bf_c}${part}\n`);
    this.serial.write(`bf_c=$(echo "$bf_c" | base64 -d)\n`);
    this.serial.write(`bf_run ${id} ${noInput ? 'none' : 'some'} &\n`);
  }

  /** Sends the next piece of a command's input, or its end. Returns the number of the following piece; undefined after the end. */
  private async give(id: number, piece: number, input: GuestInput, signal: AbortSignal | undefined): Promise<number | undefined> {
    const bytes = input.take(inputPiece);
    const lines =
      Buffer.from(bytes)
        .toString('base64')
        .match(/.{1,1000}/g) ?? [];
    const text = [`bf_take ${id} ${piece} ${bytes.length} <<'@'`, ...lines, '@'].join('\n');
    for (let attempt = 0; attempt < 50; attempt++) {
      const reply = await this.question(text, new RegExp(`@(taken|spoilt) ${piece};`), signal);
      if (reply[1] === 'taken') return bytes.length === 0 ? undefined : piece + 1;
    }
    throw this.serial.failure('vm/console-garbled', "the command's input did not reach the guest as it is");
  }

  /** Waits until the command reports its end, until the timeout, or until `enough`. */
  private async ending(id: number, milliseconds: number, enough: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    const deadline = monotonicMilliseconds() + milliseconds;
    for (let left = milliseconds; left > 0 && !enough(); left = deadline - monotonicMilliseconds()) {
      if (await this.attempt(new RegExp(`@done ${id};`), Math.min(left, glance), signal)) return;
    }
  }

  private async look(id: number, output: number, errorOutput: number, options: CommandOptions): Promise<Seen> {
    for (let attempt = 0; attempt < 50; attempt++) {
      const tag = ++this.looks;
      const reply = await this.question(
        `bf_look ${id} ${output} ${errorOutput} ${tag} ${this.piece}`,
        new RegExp(`([^]*?)@end ${tag};`),
        options.signal,
      );
      const whole = /@begin (\d+) (\d+|-) (\d+) (\d+) (\d+);\s*(?:@o\s*([A-Za-z0-9+/=]*)\s*;\s*)?(?:@e\s*([A-Za-z0-9+/=]*)\s*;\s*)?$/.exec(
        reply[1]!,
      );
      if (Number(whole?.[1]) !== tag || !whole) {
        this.piece = Math.max(smallestPiece, this.piece >> 1);
        continue;
      }
      const seen: Seen = {
        status: whole[2] === '-' ? undefined : Number(whole[2]),
        outputSize: Number(whole[3]),
        errorSize: Number(whole[4]),
        fed: Number(whole[5]),
        output: Buffer.from(whole[6] ?? '', 'base64'),
        errorOutput: Buffer.from(whole[7] ?? '', 'base64'),
      };
      // The files may have grown since they were measured; a shorter piece was corrupted.
      const complete = (bytes: Buffer, left: number) => bytes.length >= Math.min(left, this.piece);
      if (complete(seen.output, seen.outputSize - output) && complete(seen.errorOutput, seen.errorSize - errorOutput)) {
        this.piece = Math.min(largestPiece, Math.ceil(this.piece * 1.2));
        return seen;
      }
    }
    throw this.serial.failure('vm/console-garbled', 'the output could not be fetched: something else keeps writing to the console');
  }

  /** Repeats the request until the reply arrives intact. */
  private async question(text: string, reply: RegExp, signal: AbortSignal | undefined): Promise<RegExpExecArray> {
    const deadline = monotonicMilliseconds() + patience;
    for (;;) {
      this.serial.drain();
      this.serial.write(`${text}\n`);
      try {
        return await this.serial.waitFor(reply, { purpose: "the guest's shell", timeout: 10_000, signal });
      } catch (error) {
        if (!(error instanceof BootflakeError) || error.code !== 'vm/timeout' || monotonicMilliseconds() > deadline) throw error;
      }
    }
  }

  private async attempt(pattern: RegExp, timeout: number, signal = this.login.signal): Promise<string | undefined> {
    try {
      return (await this.serial.waitFor(pattern, { purpose: 'a shell', timeout, signal }))[0];
    } catch (error) {
      if (error instanceof BootflakeError && error.code === 'vm/timeout') return undefined;
      throw error;
    }
  }
}

/** The state of a command. Sizes are those of its whole output; the bytes start at the requested offsets. */
interface Seen {
  status: number | undefined;
  outputSize: number;
  errorSize: number;
  /** The number of input pieces that it has received. */
  fed: number;
  output: Buffer;
  errorOutput: Buffer;
}

class Fetched {
  private readonly pieces: Buffer[] = [];
  size = 0;

  constructor(private readonly onBytes: ((bytes: Uint8Array) => void) | undefined) {}

  /** Returns whether there was any output. */
  add(piece: Buffer): boolean {
    if (piece.length === 0) return false;
    this.pieces.push(piece);
    this.size += piece.length;
    this.onBytes?.(piece);
    return true;
  }

  bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
}
