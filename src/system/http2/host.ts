/**
 * The connections to one server over TLS. The first one shows which version of HTTP it speaks (ALPN, RFC 9113 section 3.2); requests wait
 * for that one, as curl's do, since one connection of HTTP/2 serves them all.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Http1Host, type Http1Options } from '../http1-host.ts';
import type { HttpReply, HttpRequest } from '../http-exchange.ts';
import { isProtocolFault, Unprocessed, type SessionEnd } from './faults.ts';
import { Http2Session } from './session.ts';

export interface HostOptions {
  /** The maximum number of connections. */
  connections: number;
  total: Http1Options['total'];
  /** Connects, and offers these versions. */
  dial: (protocols: readonly string[], signal?: AbortSignal) => Promise<Socket>;
}

/** Times that a request is sent again at once since it was not worked on. */
const MOST_REFUSALS = 2;
/** Sessions in a row without a response, whatever ended them, after which a server is spoken to in HTTP/1.1. */
const MOST_FRUITLESS = 2;
/** The same for sessions with faults of the protocol, of a server that has also responded. */
const MOST_FAULTS = 3;

interface Dialing {
  done: Promise<void>;
  waiting: number;
  stop: AbortController;
}

export class Host {
  private readonly http1: Http1Host;
  private readonly sessions = new Set<Http2Session>();
  private readonly waiting: (() => void)[] = [];
  /** The maximum number of sessions. */
  private limit: number;
  private http1Only = false;
  private faults = 0;
  private fruitless = 0;
  /** Why HTTP/2 is not used any more. */
  private failure: Error | undefined;
  private dialing: Dialing | undefined;

  constructor(
    private readonly origin: URL,
    private readonly options: HostOptions,
  ) {
    const { connections, total } = options;
    this.limit = connections;
    this.http1 = new Http1Host(origin, { connections, total, dial: () => this.dialHttp1() });
  }

  async request(request: HttpRequest): Promise<HttpReply> {
    const { body, signal } = request;
    // A body that is read as it is sent may have begun.
    const again = body === undefined || body instanceof Uint8Array;
    try {
      for (let refusals = 0; ; refusals++) {
        const session = await this.place(signal);
        if (!session) return await this.http1.request(request);
        try {
          return await session.request(request);
        } catch (error) {
          if (!(error instanceof Unprocessed)) throw error;
          if (error.http1) this.http1Only = true;
          if (!again || refusals === MOST_REFUSALS) throw error.cause;
        }
      }
    } catch (error) {
      if (!again) body.destroy();
      throw error;
    }
  }

  /** Closes the connections that are idle, and the others after their requests. */
  async close(): Promise<void> {
    for (const session of this.sessions) session.close();
    await this.http1.close();
  }

  /** Reserves a place on a session; undefined when the server speaks HTTP/1.1. */
  private async place(signal: AbortSignal | undefined): Promise<Http2Session | undefined> {
    for (let turn = false; ; turn = true) {
      signal?.throwIfAborted();
      if (this.http1Only) return undefined;
      const session = [...this.sessions].find(({ hasRoom }) => hasRoom);
      if (session && (turn || this.waiting.length === 0)) {
        session.reserve();
        if (session.hasRoom) this.wakeNext();
        return session;
      }
      if (this.sessions.size === 0) {
        await this.dialed(signal);
      } else {
        if (!session && !this.dialing && this.sessions.size < this.limit) this.dialAnother();
        await this.room(signal, turn);
      }
    }
  }

  /** Waits for the connection that is being made, or makes one. */
  private async dialed(signal: AbortSignal | undefined): Promise<void> {
    const dialing = (this.dialing ??= this.startDialing());
    dialing.waiting += 1;
    try {
      await withSignal(dialing.done, signal);
    } finally {
      dialing.waiting -= 1;
      if (dialing.waiting === 0) {
        dialing.stop.abort(new Error('no request waits for the connection'));
        if (this.dialing === dialing) this.dialing = undefined;
      }
    }
  }

  /** Makes another connection while requests wait for room on any. A server that refuses it is not asked again. */
  private dialAnother(): void {
    const dialing = this.startDialing();
    this.dialing = dialing;
    dialing.done.catch(() => {
      this.limit = Math.max(1, this.sessions.size);
    });
  }

  private startDialing(): Dialing {
    const stop = new AbortController();
    const done = this.options
      .dial(['h2', 'http/1.1'], stop.signal)
      .then((socket) => this.take(socket as TLSSocket))
      .finally(() => {
        if (this.dialing === dialing) this.dialing = undefined;
        this.wakeAll();
      });
    // Those who wait for it report the error.
    done.catch(() => {});
    const dialing: Dialing = { done, stop, waiting: 0 };
    return dialing;
  }

  private take(socket: TLSSocket): void {
    if (socket.alpnProtocol !== 'h2') {
      this.http1Only = true;
      this.http1.adopt(socket);
      return;
    }
    const session: Http2Session = new Http2Session(socket, this.origin, {
      onRoom: () => (session?.hasRoom ? this.wakeNext() : undefined),
      onEnd: (end) => {
        this.sessions.delete(session);
        this.judge(end);
        this.wakeAll();
      },
    });
    this.sessions.add(session);
  }

  /** A server that offers HTTP/2 and cannot speak it is spoken to in HTTP/1.1 from now on. */
  private judge(end: SessionEnd): void {
    if (end.asked === 0) return;
    const protocol = isProtocolFault(end);
    if (protocol) this.faults += 1;
    this.fruitless = end.replies === 0 ? this.fruitless + 1 : 0;
    if (this.faults < MOST_FAULTS && this.fruitless < MOST_FRUITLESS && !(protocol && end.replies === 0)) return;
    this.http1Only = true;
    this.failure = end.error ?? new Error('the server ended the connection without a response');
  }

  private async dialHttp1(): Promise<Socket> {
    try {
      return await this.options.dial(['http/1.1']);
    } catch (error) {
      const { failure } = this;
      if (failure === undefined || (error as { code?: string }).code !== 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL') throw error;
      // It speaks nothing else: the fault of before is the one to report.
      this.http1Only = false;
      this.faults = this.fruitless = 0;
      throw failure;
    }
  }

  /** Waits until there may be room. `first`: before the others who wait. */
  private async room(signal: AbortSignal | undefined, first: boolean): Promise<void> {
    let wake!: () => void;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    if (first) this.waiting.unshift(wake);
    else this.waiting.push(wake);
    try {
      await withSignal(woken, signal);
    } catch (error) {
      const place = this.waiting.indexOf(wake);
      if (place >= 0) this.waiting.splice(place, 1);
      else this.wakeNext();
      throw error;
    }
  }

  private wakeNext(): void {
    this.waiting.shift()?.();
  }

  private wakeAll(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}

/** Rejects with the signal's reason if that comes first. */
function withSignal(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
