/** One conversation with a daemon: a request at a time, each with its answer. */
import type { Derivation } from '../nix-format/derivation.ts';
import { readBuildResult, readKeyedBuildResults, type BuildResult } from './build-result.ts';
import { handshake, type Session } from './handshake.ts';
import { untilDone, type DaemonListener } from './messages.ts';
import { readPathInfo, readPaths, type RemotePathInfo } from './path-info.ts';
import { operation, since } from './protocol.ts';
import type { Transport } from './transport/transport.ts';
import { Channel } from './wire/channel.ts';
import { WireMessage } from './wire/encode.ts';
import { sendFramed, type Send } from './wire/framed.ts';
import { WireReader } from './wire/reader.ts';

/** Options of the daemon's work for us, as its own command line would have them. */
export interface DaemonOptions {
  keepFailed: boolean;
  /** Seconds without output of a builder; 0 for no limit. */
  maxSilentTime: number;
  /** Cores for each builder; 0 for all. */
  cores: number;
  useSubstitutes: boolean;
}

/** Nix's levels of messages: those of a normal run, and all of them for the lines of builders. */
const [LEVEL_INFO, LEVEL_VOMIT] = [3, 7];

/** Requests under way at once: their answers fit into any buffer on the way. */
const MOST_AT_ONCE = 200;

export class Connection {
  private readonly reader: WireReader;
  /** The paths that this connection protects. */
  private readonly roots = new Set<string>();
  /** Set by `open`. */
  session!: Session;

  private constructor(private readonly channel: Channel) {
    this.reader = new WireReader(channel);
  }

  /**
   * Greets the daemon at the other end. `silence`: the milliseconds that it may be silent in all but builds. Throws what `handshake`
   * throws, `daemon/silent`, `daemon/closed` and the signal's reason.
   */
  static async open(
    transport: Transport,
    whence: string,
    { silence, signal, newest }: { silence: number; signal: AbortSignal; newest?: number },
  ): Promise<Connection> {
    const channel = new Channel(transport, whence);
    channel.silence = silence;
    const connection = new Connection(channel);
    await connection.during(signal, async () => {
      connection.session = await handshake(channel, connection.reader, newest);
    });
    return connection;
  }

  /** Runs requests, and ends the connection when the signal is aborted meanwhile or an error leaves it in an unknown state. */
  async during<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const onAbort = (): void => this.channel.fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await work();
    } catch (error) {
      if (!isRefusal(error)) this.channel.fail(error);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Whether another request can be sent. */
  isUsable(): boolean {
    return this.channel.isQuiet();
  }

  setIdle(idle: boolean): void {
    this.channel.setIdle(idle);
  }

  close(): void {
    this.channel.close();
  }

  async setOptions({ keepFailed, maxSilentTime, cores, useSubstitutes }: DaemonOptions): Promise<void> {
    const message = new WireMessage().number(operation.setOptions);
    message.flag(keepFailed).flag(false).flag(false).number(LEVEL_INFO).number(1).number(maxSilentTime).flag(true).number(LEVEL_VOMIT);
    // The log's type and the trace of builds, both obsolete; at the end, no further settings.
    message.number(0).number(0).number(cores).flag(useSubstitutes).number(0);
    await this.request(message);
  }

  /** Returns undefined for a path that is not valid there. */
  async queryPathInfo(path: string): Promise<RemotePathInfo | undefined> {
    await this.request(new WireMessage().number(operation.queryPathInfo).text(path));
    return (await this.reader.flag('whether the path is valid')) ? readPathInfo(this.reader, path) : undefined;
  }

  /** Returns those of the paths that are valid there; with `substitute`, after it has fetched what its caches have. */
  async queryValidPaths(paths: readonly string[], substitute: boolean): Promise<Set<string>> {
    const message = new WireMessage().number(operation.queryValidPaths).texts(paths).flag(substitute);
    if (substitute) await this.patiently(() => this.request(message, {}));
    else await this.request(message);
    const asked = new Set(paths);
    const found = await readPaths(this.reader, 'valid paths', paths.length);
    return new Set(found.filter((path) => asked.has(path)));
  }

  /** The protection ends with the connection. Many requests are sent before their answers are read, as each has a way to go. */
  async addTempRoots(paths: readonly string[]): Promise<void> {
    const asked = paths.filter((path) => !this.roots.has(path));
    for (let at = 0; at < asked.length; at += MOST_AT_ONCE) {
      const some = asked.slice(at, at + MOST_AT_ONCE);
      const message = new WireMessage();
      for (const path of some) message.number(operation.addTempRoot).text(path);
      await this.channel.write(message.bytes());
      for (const path of some) {
        // The other answers are still to come.
        await this.lastRequest(untilDone(this.reader));
        await this.reader.flag('the end of a request');
        this.roots.add(path);
      }
    }
  }

  /** Passes on the archive of a path, of which the daemon has said the size. What comes must be checked. */
  async narFromPath(path: string, size: number, take: (piece: Buffer) => void | Promise<void>): Promise<void> {
    await this.request(new WireMessage().number(operation.narFromPath).text(path));
    await this.channel.stream(size, take);
  }

  /** `send` sends the number of paths, and each path's facts and archive. */
  async addMultipleToStore(checkSignatures: boolean, send: (send: Send) => Promise<void>): Promise<void> {
    await this.channel.write(new WireMessage().number(operation.addMultipleToStore).flag(false).flag(!checkSignatures).bytes());
    // An error leaves the rest of the frames unsent.
    await this.lastRequest(this.patiently(() => sendFramed(this.channel, this.reader, send)));
  }

  /** Builds a derivation that the daemon does not have, from inputs that it has: `inputs`. Only for those whom it trusts. */
  async buildDerivation(drvPath: string, drv: Derivation, inputs: readonly string[], listener: DaemonListener): Promise<BuildResult> {
    const message = new WireMessage().number(operation.buildDerivation).text(drvPath).number(drv.outputs.size);
    for (const name of [...drv.outputs.keys()].sort()) {
      const { path, hashAlgo, hash } = drv.outputs.get(name)!;
      message.text(name).text(path).text(hashAlgo).text(hash);
    }
    message.texts(inputs).text(drv.system).text(drv.builder).texts(drv.args).number(drv.env.size);
    for (const name of [...drv.env.keys()].sort()) message.text(name).text(drv.env.get(name)!);
    return this.unhurried(async () => {
      await this.request(message.number(0), listener);
      return readBuildResult(this.reader, this.session.version);
    });
  }

  /** Builds all outputs of a derivation that the daemon has, with all that it refers to. */
  async buildStored(drvPath: string, listener: DaemonListener): Promise<BuildResult> {
    const { version } = this.session;
    const withResults = version >= since.buildResults;
    return this.unhurried(async () => {
      const message = new WireMessage().number(withResults ? operation.buildPathsWithResults : operation.buildPaths);
      await this.request(message.texts([`${drvPath}!*`]).number(0), listener);
      if (withResults) return readKeyedBuildResults(this.reader, version);
      await this.reader.flag('the end of a build');
      return { ok: true, message: '' };
    });
  }

  /** Ends the connection when a request is refused, as what follows on the way cannot be taken back. */
  private async lastRequest(request: Promise<void>): Promise<void> {
    await request.catch((error: unknown) => {
      this.channel.fail(error);
      throw error;
    });
  }

  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    this.channel.patient = true;
    try {
      return await work();
    } finally {
      this.channel.patient = false;
    }
  }

  /** A builder may be silent for hours. */
  private async unhurried<T>(work: () => Promise<T>): Promise<T> {
    const { silence } = this.channel;
    this.channel.silence = 0;
    try {
      return await work();
    } finally {
      this.channel.silence = silence;
    }
  }

  private async request(message: WireMessage, listener?: DaemonListener): Promise<void> {
    await this.channel.write(message.bytes());
    await untilDone(this.reader, listener);
  }
}

function isRefusal(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'daemon/refused';
}
