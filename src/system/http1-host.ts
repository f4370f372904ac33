/** HTTP/1.1 with one server: undici's pool of connections, which this file dials. */
import type { Socket } from 'node:net';
import { Pool, type Dispatcher } from 'undici';
import { MOST_DUMPED, type HttpReply, type HttpRequest, type ReplyBody } from './http-exchange.ts';
import { Turns } from './turns.ts';

/** Milliseconds that a connection is kept without a request. */
export const IDLE = 5_000;

export interface Http1Options {
  /** The maximum number of connections. */
  connections: number;
  /** The same for all servers together. */
  total: Turns | undefined;
  dial: () => Promise<Socket>;
}

/**
 * At most as many requests as there are connections are given to undici: one that waits in a pool's own queue ignores its signal, and after
 * a connection that failed it may wait for ever.
 */
export class Http1Host {
  private readonly pool: Dispatcher;
  private readonly turns: Turns;
  private spare: { socket: Socket; timer: NodeJS.Timeout; close: () => void } | undefined;

  constructor(
    private readonly origin: URL,
    private readonly options: Http1Options,
  ) {
    const { connections } = options;
    this.turns = new Turns(connections);
    this.pool = new Pool(origin, {
      connections,
      pipelining: 1,
      keepAliveTimeout: IDLE,
      connect: (_options, callback) => {
        const spare = this.takeSpare();
        if (spare) return callback(null, spare);
        options.dial().then(
          (socket) => callback(null, socket),
          (error: Error) => callback(error, null),
        );
      },
    });
  }

  /** Takes a connection that is open already, for the next request. */
  adopt(socket: Socket): void {
    const close = (): void => void socket.destroy();
    this.spare = { socket, close, timer: setTimeout(close, IDLE).unref() };
    socket.on('error', close).unref();
  }

  /** The connection is free again when the response's body has ended, or the request has failed. */
  async request(request: HttpRequest): Promise<HttpReply> {
    const { signal, ...rest } = request;
    await this.turns.enter(signal);
    try {
      await this.options.total?.enter(signal);
    } catch (error) {
      this.turns.leave();
      throw error;
    }
    const leave = (): void => {
      this.options.total?.leave();
      this.turns.leave();
    };
    try {
      const { statusCode, headers, body } = await this.pool.request({
        ...rest,
        origin: this.origin.origin,
        body: rest.body ?? null,
        ...(signal && { signal }),
      });
      body.once('close', leave);
      return { statusCode, headers, body: new Http1Body(body) };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Closes the connections that are idle, and the others after their requests. */
  close(): Promise<void> {
    this.takeSpare()?.destroy();
    return this.pool.close();
  }

  private takeSpare(): Socket | undefined {
    const { spare } = this;
    this.spare = undefined;
    if (!spare) return undefined;
    clearTimeout(spare.timer);
    if (spare.socket.destroyed) return undefined;
    return spare.socket.off('error', spare.close).ref();
  }
}

class Http1Body implements ReplyBody {
  constructor(private readonly body: Dispatcher.ResponseData['body']) {}

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.body[Symbol.asyncIterator]();
  }

  async dump(): Promise<void> {
    await this.body.dump({ limit: MOST_DUMPED });
  }

  discard(): void {
    this.body.on('error', () => {}).destroy();
  }
}
