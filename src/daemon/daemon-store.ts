/** A store behind a daemon of Nix: its connections, opened when first needed and kept for the next request. */
import { setMaxListeners } from 'node:events';
import { BootflakeError } from '../base/errors.ts';
import type { Derivation } from '../nix-format/derivation.ts';
import { Turns } from '../system/turns.ts';
import { Connection, type DaemonOptions } from './connection.ts';
import type { BuildResult } from './build-result.ts';
import { daemonError } from './errors.ts';
import type { DaemonListener } from './messages.ts';
import type { RemotePathInfo } from './path-info.ts';
import { parseDaemonUri, type DaemonTarget } from './store-uri.ts';
import { connectSsh, isThisMachine } from './transport/ssh.ts';
import type { Transport } from './transport/transport.ts';
import { connectUnix } from './transport/unix.ts';
import type { Send } from './wire/framed.ts';

export interface DaemonStoreOptions {
  /** Its proxies, its PATH, NIX_SSHOPTS and NIX_DAEMON_SOCKET_PATH. */
  env: NodeJS.ProcessEnv;
  /** Seconds for a connection to come about (`connect-timeout`), at least 1. */
  connectTimeout: number;
  /** Seconds that the daemon may be silent in all but builds (`stalled-download-timeout`). Defaults to Nix's 300. */
  stalledAfter?: number | undefined;
  /** Told to a daemon of this host; one on another machine has its own settings, as in Nix. */
  daemon?: DaemonOptions;
  /** Connections at once. Defaults to those of the address. */
  maxConnections?: number;
}

const DEFAULT_STALLED_AFTER = 300;

export class DaemonStore {
  private readonly idle: Connection[] = [];
  private readonly open = new Set<Connection>();
  private readonly turns: Turns;
  private closed = false;

  constructor(
    readonly target: DaemonTarget,
    private readonly options: DaemonStoreOptions,
  ) {
    this.turns = new Turns(options.maxConnections ?? target.maxConnections);
  }

  /** Throws `daemon/bad-uri`. Connects to nothing yet. */
  static at(uri: string, options: DaemonStoreOptions): DaemonStore {
    return new DaemonStore(parseDaemonUri(uri, options.env), options);
  }

  /** Its address, for messages. */
  get uri(): string {
    return this.target.uri;
  }

  /** Connects, if there is no connection yet. Returns whether the daemon trusts us; undefined when it does not say. */
  connect(signal: AbortSignal): Promise<boolean | undefined> {
    return this.use(signal, async ({ session }) => session.trusted);
  }

  /** The facts about a path; undefined when it is not valid there. */
  queryPathInfo(path: string, signal: AbortSignal): Promise<RemotePathInfo | undefined> {
    return this.use(signal, (connection) => connection.queryPathInfo(path));
  }

  /** See `Connection`. */
  queryValidPaths(paths: readonly string[], options: { signal: AbortSignal; substitute?: boolean }): Promise<Set<string>> {
    if (paths.length === 0) return Promise.resolve(new Set());
    return this.use(options.signal, (connection) => connection.queryValidPaths(paths, options.substitute ?? false));
  }

  /** Protects paths, valid or not, from the garbage collector there until `close`. */
  addTempRoots(paths: readonly string[], signal: AbortSignal): Promise<void> {
    return this.use(signal, (connection) => connection.addTempRoots(paths));
  }

  /** Passes on a path's archive: as many bytes as `size`. What comes must be checked. */
  narFromPath(path: string, size: number, take: (piece: Buffer) => void | Promise<void>, signal: AbortSignal): Promise<void> {
    return this.use(signal, (connection) => connection.narFromPath(path, size, take));
  }

  /** See `Connection`. */
  addMultipleToStore(checkSignatures: boolean, send: (send: Send) => Promise<void>, signal: AbortSignal): Promise<void> {
    return this.use(signal, (connection) => connection.addMultipleToStore(checkSignatures, send));
  }

  /** See `Connection`. */
  buildDerivation(
    drvPath: string,
    drv: Derivation,
    options: { inputs: readonly string[]; listener: DaemonListener; signal: AbortSignal },
  ): Promise<BuildResult> {
    return this.use(options.signal, (connection) => connection.buildDerivation(drvPath, drv, options.inputs, options.listener));
  }

  /** See `Connection`. */
  buildStored(drvPath: string, { listener, signal }: { listener: DaemonListener; signal: AbortSignal }): Promise<BuildResult> {
    return this.use(signal, (connection) => connection.buildStored(drvPath, listener));
  }

  /** Ends all connections; requests that run fail with `daemon/closed`. */
  close(): void {
    this.closed = true;
    for (const connection of this.open) connection.close();
    this.open.clear();
    this.idle.length = 0;
  }

  private use<T>(signal: AbortSignal, work: (connection: Connection) => Promise<T>): Promise<T> {
    // Each request that waits listens to it; Node would warn of a leak.
    setMaxListeners(0, signal);
    return this.turns.take(signal, async () => {
      const connection = this.idleConnection() ?? (await this.newConnection(signal));
      try {
        return await connection.during(signal, () => work(connection));
      } finally {
        if (!this.closed && connection.isUsable()) {
          connection.setIdle(true);
          this.idle.push(connection);
        } else {
          connection.close();
          this.open.delete(connection);
        }
      }
    });
  }

  /** One that the daemon has ended meanwhile is dropped. */
  private idleConnection(): Connection | undefined {
    for (let connection = this.idle.pop(); connection; connection = this.idle.pop()) {
      if (connection.isUsable()) {
        connection.setIdle(false);
        return connection;
      }
      connection.close();
      this.open.delete(connection);
    }
    return undefined;
  }

  private async newConnection(signal: AbortSignal): Promise<Connection> {
    if (this.closed) throw daemonError('closed', `the store '${this.uri}' is closed`);
    const { connectTimeout, stalledAfter = DEFAULT_STALLED_AFTER, daemon } = this.options;
    const transport = await this.transport(signal);
    // ssh may ask for a password meanwhile; only its silence is limited.
    const deadline = AbortSignal.timeout((this.mayAsk() ? stalledAfter : connectTimeout) * 1000);
    const connection = await Connection.open(transport, this.uri, {
      silence: stalledAfter * 1000,
      signal: AbortSignal.any([signal, deadline]),
    }).catch((error: unknown) => {
      transport.close();
      signal.throwIfAborted();
      throw this.unopened(deadline.aborted ? new Error('it did not greet in time') : error);
    });
    this.open.add(connection);
    if (daemon && this.target.scheme === 'unix') await connection.during(signal, () => connection.setOptions(daemon));
    return connection;
  }

  private unopened(error: unknown): unknown {
    if (error instanceof BootflakeError && !['daemon/closed', 'daemon/silent', 'daemon/refused'].includes(error.code)) return error;
    const { target } = this;
    const hint =
      target.scheme === 'unix' || isThisMachine(target)
        ? 'Is it running? systemctl status nix-daemon.socket'
        : `Try: ssh ${target.user === undefined ? '' : `${target.user}@`}${target.host} ${target.remoteProgram.join(' ')} --version`;
    const why = (error as Error).message.replace(`the daemon of '${this.uri}' `, 'it ');
    return daemonError('unreachable', `cannot open a connection to the store '${this.uri}': ${why}`, { hint, cause: error });
  }

  private mayAsk(): boolean {
    return this.target.scheme === 'ssh-ng' && !isThisMachine(this.target);
  }

  private transport(signal: AbortSignal): Promise<Transport> {
    const { target } = this;
    const { env, connectTimeout } = this.options;
    if (target.scheme === 'ssh-ng') return connectSsh(target, env, connectTimeout);
    return connectUnix(target.socket, { signal, milliseconds: connectTimeout * 1000 });
  }
}
