/**
 * The user's ssh to a host: one connection, over which a shell there runs scripts one after the other, each with its output and status in
 * the reply; other programs and sockets go over the same connection. The host needs sshd, a POSIX shell and base64. What it sends is
 * bounded and is data.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Duplex, type Readable, type Writable } from 'node:stream';
import zlib from 'node:zlib';
import { visible } from '../base/control-characters.ts';
import { BootflakeError } from '../base/errors.ts';
import { shellQuote, singleQuoted } from '../base/shell-quote.ts';
import { splitShellWords } from '../base/split-shell-words.ts';
import { atExit } from '../system/at-exit.ts';
import type { SshAddress } from './ssh-address.ts';

export interface ScriptResult {
  status: number;
  output: Buffer;
  /** The last of its standard error. */
  errors: string;
}

/** A program of the host with its streams. */
export interface RemoteProgram {
  input: Writable;
  output: Readable;
  /** Its status; 255 when the link was lost. */
  ended: Promise<number>;
  errors(): string;
  close(): void;
}

/** Bytes of base64 that the reply to one script may have. */
const mostReply = 64 << 20;
const mostErrors = 4000;
/** Seconds. */
const connectTimeout = 30;
/** Connections to sockets that a server refuses before it counts as one that allows none. */
const mostRefusals = 3;
/** Milliseconds until its shell greets us: a user may type passwords meanwhile, for each of which sshd gives two minutes. */
const loginPatience = 300_000;
/** What the host's shell says first; a login script may have printed something before. */
const greeting = 'bootflake-host-1';

/** Reads a script in base64 from each line; prints its output and status, packed, and its errors, both in base64. */
const loop = `export LC_ALL=C
umask 077
exec 3>&1
pack=cat
if command -v gzip >/dev/null 2>&1; then pack='gzip -1 -c'; fi
echo ${greeting}
while IFS= read -r line; do
  script=$(printf %s "$line" | base64 -d)
  err=$({ { (eval "$script") </dev/null 3>&-; printf '\\n%s' "$?"; } | $pack | base64 >&3; } 2>&1 | tail -c ${mostErrors})
  echo .
  printf %s "$err" | base64
  echo .
done`;

interface Pending {
  resolve(result: ScriptResult): void;
  reject(error: Error): void;
}

export class SshSession {
  private readonly pending: Pending[] = [];
  /** The lines of a reply's output, and of its errors. */
  private reply: [string[], string[]] = [[], []];
  private replyPart = 0;
  private size = 0;
  /** Pieces of a line that has not ended. */
  private rest: string[] = [];
  private errors = '';
  private greeted: (() => void) | undefined;
  private failure: BootflakeError | undefined;
  private sockets = 0;
  private refusedSessions = 0;
  private readonly cancelAtExit = atExit(() => this.close());

  private constructor(
    readonly address: SshAddress,
    private readonly env: NodeJS.ProcessEnv,
    /** For the sockets of the connection. */
    private readonly folder: string,
    private readonly control: readonly string[],
    private readonly shell: ChildProcess,
  ) {}

  /** Throws `remote/unreachable`, `remote/no-ssh`, or the signal's reason. */
  static async open(address: SshAddress, env: NodeJS.ProcessEnv, signal?: AbortSignal, patience = loginPatience): Promise<SshSession> {
    const folder = mkdtempSync(join(tmpdir(), 'bootflake-ssh-'));
    const options = userOptions(env);
    // A connection that the user's own configuration shares is used; otherwise this one is shared by what follows.
    const own = !(await sharesConnection(address, options, env));
    const control = own ? ['-o', `ControlPath=${folder}/control`] : [];
    const master = own ? ['-o', 'ControlMaster=yes', '-o', 'ControlPersist=no'] : [];
    const child = spawn('ssh', [...sshArguments(address, [...options, ...control, ...master]), shellCommand(loop)], {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const session = new SshSession(address, env, folder, [...options, ...control, ...(own ? ['-o', 'ControlMaster=no'] : [])], child);
    try {
      await session.started(signal, patience);
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  private started(signal: AbortSignal | undefined, patience: number): Promise<void> {
    const { shell } = this;
    shell.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors = (this.errors + text).slice(-mostErrors);
    });
    shell.stdout!.setEncoding('latin1').on('data', (text: string) => this.receive(text));
    shell.stdin!.on('error', () => {});
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal?.reason as Error);
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      const late = `its shell did not begin within ${patience / 1000} s; a login script may wait for input`;
      const timer = setTimeout(() => this.fail(unreachable(this.address, late), reject), patience).unref();
      this.greeted = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      shell.on('error', (error: NodeJS.ErrnoException) =>
        this.fail(error.code === 'ENOENT' ? noSsh() : unreachable(this.address, error.message), reject),
      );
      shell.on('close', () =>
        this.fail(this.greeted === undefined ? this.lost() : unreachable(this.address, this.errors.trim() || 'its shell ended'), reject),
      );
    });
  }

  /** Runs a script of POSIX sh: `$1`, `$2` and so on are the words. Throws `remote/connection-lost`. */
  run(script: string, words: readonly string[] = []): Promise<ScriptResult> {
    if (this.failure) return Promise.reject(this.failure);
    const result = new Promise<ScriptResult>((resolve, reject) => this.pending.push({ resolve, reject }));
    const text = `set -- ${words.map(singleQuoted).join(' ')}\n${script}`;
    this.shell.stdin!.write(`${Buffer.from(text).toString('base64')}\n`);
    return result;
  }

  /** Starts a script with streams of its own. */
  start(script: string, words: readonly string[] = []): RemoteProgram {
    const text = `echo ${greeting}\nset -- ${words.map(singleQuoted).join(' ')}\n${script}`;
    const child = spawn('ssh', [...sshArguments(this.address, this.control), shellCommand(text)], {
      env: this.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      errors = (errors + more).slice(-mostErrors);
      if (more.includes('Session open refused by peer')) this.refusedSessions++;
    });
    child.stdin.on('error', () => {});
    const ended = new Promise<number>((resolve) => {
      child.on('error', () => resolve(255));
      child.on('close', (status) => resolve(status ?? 255));
    });
    const close = () => {
      child.stdin.destroy();
      child.kill('SIGTERM');
    };
    return { input: child.stdin, output: afterGreeting(child.stdout), ended, errors: () => visible(errors.trim()), close };
  }

  /** Connects to a Unix socket of the host. Throws `remote/no-forwarding`. */
  async connectSocket(path: string): Promise<Duplex> {
    // What the server does not allow is known once connections have failed: one may be that of a socket without a listener.
    const refusals = [...this.errors.matchAll(/channel \d+: open failed: (administratively prohibited.*|connect failed: open failed)/g)];
    // The same is said of a program for which MaxSessions leaves no room, which then gets a connection of its own.
    if (refusals.length - this.refusedSessions >= mostRefusals) throw noForwarding(this.address, visible(refusals.at(-1)![1]!));
    const local = join(this.folder, `s${this.sockets++}`);
    const forward = ['-L', `${local}:${path.replaceAll(/[\\:]/g, '\\$&')}`];
    const failed = await this.control_(['-O', 'forward', ...forward]);
    if (failed !== undefined) throw noForwarding(this.address, failed);
    const socket = connect(local);
    const end = () => {
      rmSync(local, { force: true });
      if (!this.failure) void this.control_(['-O', 'cancel', ...forward]);
    };
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.removeAllListeners('error');
    return socket.on('error', () => {}).once('close', end);
  }

  /** A request to the process that holds the connection. Returns its complaint. */
  private control_(request: readonly string[]): Promise<string | undefined> {
    return new Promise((done) => {
      execFile('ssh', sshArguments(this.address, [...this.control, ...request]), { env: this.env, timeout: 60_000 }, (error, _, errors) =>
        done(error ? visible(errors.trim()) || error.message : undefined),
      );
    });
  }

  /** A command of ssh_config's ProxyCommand that reaches a port of the host. */
  proxyCommand(address: string, port: number): string {
    return shellQuote(['ssh', ...sshArguments(this.address, ['-W', `${address}:${port}`, ...this.control])]);
  }

  close(): void {
    this.cancelAtExit();
    this.failure ??= this.lost();
    this.shell.stdin?.destroy();
    this.shell.kill('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private receive(text: string): void {
    this.size += text.length;
    if (this.size > mostReply) {
      this.fail(
        new BootflakeError({
          code: 'remote/bad-reply',
          message: `${this.address.text} sent more than ${mostReply} bytes at once`,
          hint: 'Look at what its login scripts and its files are.',
        }),
      );
      return this.close();
    }
    const lines = text.split('\n');
    this.rest.push(lines[0]!);
    for (const line of lines.slice(1)) {
      this.take(this.rest.join(''));
      this.rest = [line];
    }
  }

  private take(line: string): void {
    if (this.greeted) {
      if (!line.endsWith(greeting)) return;
      this.greeted();
      this.greeted = undefined;
      this.size = 0;
      return;
    }
    if (line !== '.') return void this.reply[this.replyPart]!.push(line);
    if (this.replyPart++ === 0) return;
    const [packed, errors] = this.reply.map((lines) => Buffer.from(lines.join(''), 'base64')) as [Buffer, Buffer];
    this.reply = [[], []];
    this.replyPart = 0;
    this.size = 0;
    const output = unpacked(packed);
    const end = output.lastIndexOf(10);
    // A reply without a status is of a script, or of a program that packs, that could not be run: nothing is known about what it did.
    const status = /^\d{1,3}$/.exec(output.toString('latin1', end + 1, end + 5))?.[0] ?? '255';
    const result = { status: Number(status), output: output.subarray(0, Math.max(0, end)) };
    this.pending.shift()?.resolve({ ...result, errors: visible(errors.toString('utf8').trim()) });
  }

  private lost(): BootflakeError {
    const why = visible(this.errors.trim().split('\n').slice(-3).join('\n'));
    return new BootflakeError({
      code: 'remote/connection-lost',
      message: `the connection to ${this.address.text} was lost${why === '' ? '' : `: ${why}`}`,
      hint: 'Run the command again: it goes on where this one was.',
    });
  }

  private fail(error: BootflakeError, reject?: (error: Error) => void): void {
    this.failure ??= error;
    reject?.(this.failure);
    for (const each of this.pending.splice(0)) each.reject(this.failure);
  }
}

/** What a program prints, without what a login script printed before it. */
function afterGreeting(output: Readable): Readable {
  const wanted = `${greeting}\n`;
  const rest = new PassThrough();
  let before = '';
  const look = (bytes: Buffer) => {
    before = before.slice(-wanted.length) + bytes.toString('latin1');
    const found = before.indexOf(wanted);
    if (found < 0) return;
    output.off('data', look);
    rest.write(Buffer.from(before.slice(found + wanted.length), 'latin1'));
    output.pipe(rest, { end: false });
  };
  output.on('data', look).once('end', () => rest.end());
  return rest;
}

/** What is no archive counts as nothing: its script's status is not 0. */
function unpacked(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return zlib.gunzipSync(bytes, { maxOutputLength: mostReply });
  } catch {
    return Buffer.from('\n255');
  }
}

/** One word for whatever login shell the user has there. */
function shellCommand(script: string): string {
  return `exec /bin/sh -c 'eval "$(echo ${Buffer.from(script).toString('base64')} | base64 -d)"'`;
}

function sshArguments({ user, host, port }: SshAddress, options: readonly string[]): string[] {
  return [
    ...['-x', '-T', '-o', 'EscapeChar=none', '-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4'],
    ...['-o', `ConnectTimeout=${connectTimeout}`],
    ...options,
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    host,
  ];
}

/** As Nix: of NIX_SSHOPTS. Throws `remote/bad-ssh-options`. */
function userOptions(env: NodeJS.ProcessEnv): string[] {
  const words = splitShellWords(env.NIX_SSHOPTS ?? '');
  if (words) return words;
  throw new BootflakeError({ code: 'remote/bad-ssh-options', message: `NIX_SSHOPTS has a quote without its end: ${env.NIX_SSHOPTS}` });
}

/** Whether the user's ssh_config has connections to the host shared. */
function sharesConnection(address: SshAddress, options: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((done) => {
    execFile('ssh', ['-G', ...sshArguments(address, options)], { env, timeout: 10_000 }, (error, output) => {
      const value = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(output)?.[1] ?? 'none';
      done(
        !error && !/^(?:false|no)$/.test(value('controlmaster')) && value('controlmaster') !== 'none' && value('controlpath') !== 'none',
      );
    });
  });
}

function noSsh(): BootflakeError {
  return new BootflakeError({
    code: 'remote/no-ssh',
    message: 'the program ssh is not on PATH',
    hint: 'Install the OpenSSH client (Debian: openssh-client).',
  });
}

function unreachable({ text, user, host, port }: SshAddress, why: string): BootflakeError {
  const target = `${user === undefined ? '' : `${user}@`}${host}`;
  return new BootflakeError({
    code: 'remote/unreachable',
    message: `${text} cannot be reached: ${visible(why.split('\n').slice(-6).join('\n'))}`,
    hint: `Try your ssh by itself: ssh ${port === undefined ? '' : `-p ${port} `}${target} true`,
  });
}

function noForwarding({ text }: SshAddress, why: string): BootflakeError {
  return new BootflakeError({
    code: 'remote/no-forwarding',
    message: `the ssh server of ${text} does not forward Unix sockets: ${why}`,
    hint: 'Set AllowStreamLocalForwarding yes in its sshd_config, which is the default.',
  });
}
