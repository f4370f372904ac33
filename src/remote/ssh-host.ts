/** A host reached by ssh, on which bootflake has files and nothing else: each operation is a script of POSIX sh that it runs. */
import type { Duplex } from 'node:stream';
import { BootflakeError } from '../base/errors.ts';
import { singleQuoted } from '../base/shell-quote.ts';
import { identityFunction } from '../instances/launch-script.ts';
import type { HeldLock } from '../system/lock-file.ts';
import type { Qemu } from '../vm/find-qemu.ts';
import type {
  BareQemu,
  FollowedFile,
  HostFileFacts,
  HostInput,
  HostProcess,
  ProgramResult,
  RemoteHost,
} from '../instances/host/machine-host.ts';
import type { SshAddress } from './ssh-address.ts';
import { SshSession, type RemoteProgram, type ScriptResult } from './ssh-session.ts';

/** Bytes of a header: those of our own disks begin with all that is read of them. */
const mostHeader = 8192;
/** Bytes that are written by a script; what is zero does not count. */
const mostInline = 16_384;
/** Bytes typed that may be on their way. */
const mostWritten = 1 << 20;
/** Bytes that are zero as a whole, or written. */
const sector = 512;
/** Milliseconds until the holder of a lock is taken for gone, and between its signs of life. */
const [lockPatience, lockBeat] = [60, 15_000];
/** The statuses of a script for what is not there, is there already, and for a program that the host lacks. */
const [missing, present, noProgram] = [90, 91, 92] as const;

/** Of the process that the file $1 identifies: $pid, what follows its identity as $note, whether it is of this boot, and $live. */
const processScript = `${identityFunction}
read -r token note < "$1" 2>/dev/null || exit ${missing}
pid=\${token%%-*}
case $pid in '' | *[!0-9]*) exit ${missing} ;; esac
# The shell itself: of this boot, and in the same space of process numbers as others here.
here=$(identity $$)
here=\${here#*-*-}
there=\${token#*-*-}
if [ "\${there%%-*}" = "\${here%%-*}" ]; then this=1; else this=0; fi
if [ $this = 0 ]; then live=dead
elif [ "\${there#*-}" != "\${here#*-}" ]; then live=unknown
elif [ "$(identity "$pid")" = "$token" ]; then live=alive
else live=dead; fi
`;

export class SshHost implements RemoteHost {
  readonly pause = 300;
  readonly address: string;

  private constructor(
    readonly session: SshSession,
    address: SshAddress,
    readonly environment: NodeJS.ProcessEnv,
    readonly folder: string,
  ) {
    this.address = address.text;
  }

  /** Throws `remote/unreachable`, `remote/no-ssh`, `remote/unsupported`, or the signal's reason. */
  static async open(address: SshAddress, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<SshHost> {
    const session = await SshSession.open(address, env, signal);
    try {
      return await SshHost.of(session, address);
    } catch (error) {
      session.close();
      throw error;
    }
  }

  private static async of(session: SshSession, address: SshAddress): Promise<SshHost> {
    const { output } = await session.run(`for each in HOME XDG_STATE_HOME XDG_CONFIG_HOME XDG_RUNTIME_DIR USER PATH; do
  eval "value=\\$$each"; printf '%s=%s\\0' "$each" "$value"
done
printf 'SYSTEM=%s\\0' "$(uname -sm)"
`);
    const entries = output
      .toString('utf8')
      .split('\0')
      .flatMap((line) => (line.includes('=') ? [line.split(/=(.*)/s).slice(0, 2)] : []));
    const { SYSTEM, ...environment } = Object.fromEntries(entries.filter(([, value]) => value !== '')) as NodeJS.ProcessEnv;
    if (SYSTEM !== 'Linux x86_64') throw unsupported(address, SYSTEM ?? '');
    const { HOME, XDG_STATE_HOME } = environment;
    const base = XDG_STATE_HOME?.startsWith('/') ? XDG_STATE_HOME : `${HOME ?? ''}/.local/state`;
    if (!base.startsWith('/') || /[\0-\x1f\x7f]/.test(base)) throw noHome(address, base);
    return new SshHost(session, address, environment, `${base}/bootflake/hosted`);
  }

  close(): void {
    this.session.close();
  }

  async listNames(folder: string): Promise<string[]> {
    const { output } = await this.do('[ -d "$1" ] || exit 0; ls -A "$1"', [folder]);
    return output
      .toString('utf8')
      .split('\n')
      .filter((name) => name !== '')
      .sort();
  }

  async facts(path: string): Promise<HostFileFacts | undefined> {
    const script = `[ -e "$1" ] || [ -h "$1" ] || exit ${missing}; stat -c '${statFormat}' "$1"`;
    const { status, output } = await this.do(script, [path], [missing]);
    return status === missing ? undefined : factsOf(output.toString('latin1'));
  }

  async readBeginning(path: string, length: number): Promise<(HostFileFacts & { path: string; bytes: Uint8Array }) | undefined> {
    const script = `[ -f "$1" ] || exit ${missing}
real=$(readlink -f "$1")
printf '%s\\0' "$real" && stat -c '${statFormat}' "$real" && head -c "$2" "$real"`;
    const { status, output } = await this.do(script, [path, String(Math.min(length, mostHeader))], [missing]);
    if (status === missing) return undefined;
    const [end, line] = [output.indexOf(0), output.indexOf(10, output.indexOf(0))];
    const facts = factsOf(output.toString('latin1', end + 1, line));
    return { ...facts, path: output.toString('utf8', 0, end), bytes: output.subarray(line + 1) };
  }

  async readBytes(path: string): Promise<Uint8Array | undefined> {
    const { status, output } = await this.do(`[ -e "$1" ] || exit ${missing}; cat "$1"`, [path], [missing]);
    return status === missing ? undefined : output;
  }

  async write(path: string, contents: Uint8Array): Promise<void> {
    const parts = writtenParts(contents);
    if (parts.reduce((sum, { bytes }) => sum + bytes.length, 0) > mostInline) return this.writeStreamed(path, contents);
    const file = singleQuoted(path);
    const steps = [`: > ${file}`, `dd of=${file} bs=1 seek=${contents.length} count=0 status=none`, `chmod 600 ${file}`];
    for (const { offset, bytes } of parts)
      steps.push(
        `printf %s ${Buffer.from(bytes).toString('base64')} | base64 -d | ` +
          `dd of=${file} bs=${sector} seek=${offset / sector} conv=notrunc status=none`,
      );
    await this.do(steps.join(' &&\n'));
  }

  private async writeStreamed(path: string, contents: Uint8Array): Promise<void> {
    const program = this.session.start('exec cat > "$1"', [path]);
    program.output.resume();
    program.input.end(contents);
    if ((await program.ended) !== 0) throw failed(this.address, `'${path}' could not be written`, program.errors());
    await this.do('chmod 600 "$1"', [path]);
  }

  async writeAt(path: string, contents: Uint8Array, offset: number): Promise<void> {
    const data = Buffer.from(contents).toString('base64');
    const script = `printf %s ${data} | base64 -d | dd of="$1" bs=1 seek=${offset} conv=notrunc,fsync status=none`;
    await this.do(script, [path]);
  }

  async makeSparse(path: string, size: number): Promise<void> {
    await this.do('[ -e "$1" ] || { : > "$1" && dd of="$1" bs=1 seek="$2" count=0 status=none; }', [path, String(size)]);
  }

  async sync(path: string): Promise<void> {
    await this.do('sync "$1" 2>/dev/null || sync', [path]);
  }

  async link(from: string, to: string): Promise<void> {
    const { status } = await this.do(`[ ! -e "$2" ] || exit ${present}; ln "$1" "$2"`, [from, to], [present]);
    if (status === present) throw systemError('EEXIST', to);
  }

  async rename(from: string, to: string): Promise<void> {
    const { status } = await this.do(`[ ! -d "$2" ] || exit ${present}; mv -f "$1" "$2"`, [from, to], [present]);
    if (status === present) throw systemError('EEXIST', to);
  }

  async remove(path: string): Promise<void> {
    await this.do('rm -f "$1"', [path]);
  }

  async removeTree(path: string): Promise<void> {
    await this.do('rm -rf "$1"', [path]);
  }

  async copyOnce(from: string, to: string): Promise<void> {
    await this.do('[ -e "$2" ] || { cp "$1" "$2.new" && chmod 600 "$2.new" && mv "$2.new" "$2"; }', [from, to]);
  }

  async makeFolder(path: string): Promise<void> {
    await this.do('mkdir -p "$1"', [path]);
  }

  async process(file: string): Promise<HostProcess | undefined> {
    const script = `${processScript}echo "$pid $live $this $note"`;
    const { status, output } = await this.do(script, [file], [missing]);
    const [pid = '', live, current, ...note] = output.toString('latin1').trim().split(' ');
    if (status === missing || (live !== 'alive' && live !== 'dead' && live !== 'unknown')) return undefined;
    return { pid: Number(pid), liveness: live, ofThisBoot: current === '1', note: note.join(' ') };
  }

  async kill(file: string): Promise<void> {
    await this.do(`${processScript}[ "$live" != alive ] || kill -KILL "$pid"`, [file], [missing]);
  }

  startScript(script: string): { ended(): Promise<boolean> } {
    const started = this.do(`cd "\${1%/*}" || exit 1; setsid /bin/sh "$1" </dev/null >/dev/null 2>&1 & echo "$!"`, [script]);
    started.catch(() => {});
    return {
      ended: async () => {
        const pid = (await started).output.toString('latin1').trim();
        return (await this.do('kill -0 "$1" 2>/dev/null || echo ended', [pid])).output.length > 0;
      },
    };
  }

  /** Removes what is ours if there is neither a machine nor an image. */
  async removeIfUnused(): Promise<void> {
    const script = `rmdir "$1/vms" 2>/dev/null
case $(ls -A "$1" 2>/dev/null) in '' | kvm) rm -f "$1/kvm"; rmdir "$1" "\${1%/*}" 2>/dev/null ;; esac
:`;
    await this.do(script, [this.folder]);
  }

  async run(words: readonly string[], input?: string): Promise<ProgramResult> {
    const text = input === undefined ? '</dev/null' : `<<'BOOTFLAKE-END'\n${input.replace(/\n?$/, '\n')}BOOTFLAKE-END\n`;
    const { status, output } = await this.do(`PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\n"$@" ${text}`, words, 'any');
    return { status: status === 127 ? undefined : status, output: output.toString('utf8') };
  }

  async startBareQemu(folder: string, { command }: Pick<Qemu, 'command'>, args: readonly string[]): Promise<BareQemu> {
    const socket = 'bare.sock';
    const control = ['-chardev', `socket,id=control,path=${socket},server=on,wait=off`, '-mon', 'chardev=control,mode=control'];
    await this.remove(`${folder}/${socket}`);
    // It ends when we no longer hold its input.
    const script = `cd "$1" || exit 1
shift
exec 3<&0
"$@" </dev/null >/dev/null 3<&- &
q=$!
{ cat >/dev/null; kill -KILL $q; } <&3 2>/dev/null &
w=$!
wait $q
s=$?
kill $w 2>/dev/null
rm -f ${socket}
exit $s`;
    const program = this.session.start(script, [folder, ...command, ...args, ...control]);
    program.output.resume();
    let over = false;
    void program.ended.then(() => (over = true));
    for (let tries = 0; ; tries++) {
      try {
        const connected = await this.connect(folder, socket);
        return { control: connected, ended: program.ended, errors: program.errors, end: () => program.close() };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        if (over || tries > 100) {
          program.close();
          throw failed(this.address, 'qemu does not start', program.errors());
        }
      }
    }
  }

  async connect(folder: string, socket: string): Promise<Duplex> {
    const path = `${folder}/${socket}`;
    const { status } = await this.do(`[ -S "$1/$2" ] || exit ${missing}`, [folder, socket], [missing]);
    if (status === missing) throw systemError('ENOENT', path);
    // A socket's address has 107 bytes.
    if (Buffer.byteLength(path) <= 100) return this.session.connectSocket(path);
    const link = await this.shortPath(folder);
    const connected = await this.session.connectSocket(`${link}/${socket}`);
    return connected.once('close', () => void this.remove(link).catch(() => {}));
  }

  /** A link to a folder with a path that has room for the name of a socket. */
  private async shortPath(folder: string): Promise<string> {
    const { output } = await this.do('l=$(mktemp -u "${XDG_RUNTIME_DIR:-/tmp}/bootflake-XXXXXXXX") && ln -s "$1" "$l" && echo "$l"', [
      folder,
    ]);
    return output.toString('utf8').trim();
  }

  lock(path: string, signal?: AbortSignal): Promise<HeldLock> {
    return this.waitForLock(path, 'flock 9', signal);
  }

  /** A lock that others may share. */
  shareLock(path: string, signal?: AbortSignal): Promise<HeldLock> {
    return this.waitForLock(path, 'flock -s 9', signal);
  }

  private async waitForLock(path: string, take: string, signal: AbortSignal | undefined): Promise<HeldLock> {
    const held = await this.hold(path, take, signal);
    if (held === undefined) throw systemError('ENOENT', path);
    return held;
  }

  tryLock(path: string): Promise<HeldLock | undefined> {
    return this.hold(path, 'flock -n 9');
  }

  /** A program there holds the lock as long as it hears from us: so does no link that was cut. */
  private async hold(path: string, take: string, signal?: AbortSignal): Promise<HeldLock | undefined> {
    const script = `[ -d "\${1%/*}" ] || exit ${missing}
command -v flock >/dev/null && command -v timeout >/dev/null || exit ${noProgram}
exec 9>>"$1" || exit 1
${take} || exit ${present}
echo locked
while [ "$(timeout ${lockPatience} head -c 1)" = . ]; do :; done`;
    const program = this.session.start(script, [path]);
    const first = new Promise<boolean>((resolve) => {
      program.output.once('data', () => resolve(true));
      void program.ended.then(() => resolve(false));
    });
    const onAbort = () => program.close();
    signal?.addEventListener('abort', onAbort, { once: true });
    const taken = await first;
    signal?.removeEventListener('abort', onAbort);
    signal?.throwIfAborted();
    if (!taken) {
      const status = await program.ended;
      if (status === missing || status === present) return undefined;
      if (status === noProgram) throw lacksPrograms(this.address);
      throw failed(this.address, 'a lock could not be taken', program.errors());
    }
    const beat = setInterval(() => program.input.write('.'), lockBeat);
    beat.unref();
    return {
      release: () => {
        clearInterval(beat);
        program.input.end();
      },
    };
  }

  follow(path: string, tail: number): FollowedFile {
    const script = 'tail -c "$2" -F "$1" 2>/dev/null & t=$!; cat >/dev/null; kill $t';
    const program = this.session.start(script, [path, String(tail)]);
    const chunks: Uint8Array[] = [];
    program.output.on('data', (bytes: Uint8Array) => {
      chunks.push(bytes);
      if (chunks.length > 64) program.output.pause();
    });
    return {
      read: () => {
        const first = chunks.shift();
        if (chunks.length === 0) program.output.resume();
        return first ?? new Uint8Array();
      },
      close: () => program.close(),
    };
  }

  async openInput(path: string): Promise<HostInput> {
    const program: RemoteProgram = this.session.start('exec cat > "$1"', [path]);
    program.output.resume();
    return {
      write: (bytes) => {
        if (program.input.writableLength > mostWritten) return 0;
        program.input.write(bytes);
        return bytes.length;
      },
      close: () => program.close(),
    };
  }

  /** Throws `remote/failed` for a status other than 0 and those of `expected`. */
  async do(script: string, words: readonly string[] = [], expected: readonly number[] | 'any' = []): Promise<ScriptResult> {
    const result = await this.session.run(script, words);
    if (result.status === 0 || expected === 'any' || expected.includes(result.status)) return result;
    throw failed(this.address, script.split('\n')[0]!, result.errors);
  }
}

/** As Node's own: callers know it by its code. */
function systemError(code: 'EEXIST' | 'ENOENT', path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

/** For stat: kind, bytes, blocks, their size, times in seconds. */
const statFormat = '%F|%s|%b|%B|%Y|%Z';

function factsOf(line: string): HostFileFacts {
  const [kind = '', ...numbers] = line.trim().split('|');
  const [size = 0, blocks = 0, unit = 0, modified = 0, changed = 0] = numbers.map(Number);
  const type = kind.startsWith('regular') ? 'regular' : kind === 'directory' ? 'directory' : kind === 'symbolic link' ? 'symlink' : 'other';
  return { type, size, occupied: blocks * unit, modifiedMs: modified * 1000, changedMs: changed * 1000 };
}

/** The parts that are not zero, in whole sectors. */
function writtenParts(contents: Uint8Array): { offset: number; bytes: Uint8Array }[] {
  const parts: { offset: number; bytes: Uint8Array }[] = [];
  for (let offset = 0; offset < contents.length; offset += sector) {
    const bytes = contents.subarray(offset, offset + sector);
    if (bytes.every((byte) => byte === 0)) continue;
    const last = parts.at(-1);
    if (last && last.offset + last.bytes.length === offset && last.bytes.length < 1 << 16)
      last.bytes = contents.subarray(last.offset, offset + bytes.length);
    else parts.push({ offset, bytes });
  }
  return parts;
}

function failed(address: string, what: string, errors: string): BootflakeError {
  const lacking = /: ([a-z0-9_-]{1,20}): not found/.exec(errors)?.[1];
  if (lacking !== undefined) return lacksProgram(address, lacking);
  const full = /No space left|Disk quota/.test(errors);
  return new BootflakeError({
    code: full ? 'remote/disk-full' : 'remote/failed',
    message: full ? `the disk of ${address} is full: ${errors}` : `${address} failed: ${errors || what}`,
    ...(full && { hint: 'Make space there, and run the command again: it goes on where this one was.' }),
  });
}

function lacksProgram(address: string, name: string): BootflakeError {
  return new BootflakeError({
    code: 'remote/unsupported',
    message: `${address} lacks the program ${name}`,
    hint: `Install it there, and see what else it lacks: bootflake doctor --host ${address}`,
  });
}

function lacksPrograms(address: string): BootflakeError {
  return new BootflakeError({
    code: 'remote/unsupported',
    message: `${address} lacks flock or timeout, by which one command at a time changes a machine`,
    hint: 'Install them there (Debian, Ubuntu: sudo apt install util-linux coreutils), and see what else it lacks: bootflake doctor --host',
  });
}

function unsupported({ text }: SshAddress, system: string): BootflakeError {
  return new BootflakeError({
    code: 'remote/unsupported',
    message: `${text} is '${system}': machines run on hosts with Linux on x86_64`,
  });
}

function noHome({ text }: SshAddress, base: string): BootflakeError {
  return new BootflakeError({ code: 'remote/unsupported', message: `${text} has no home folder of yours: '${base}'` });
}
