/** A connection that speaks HTTP/2: many requests at once, each on a stream of its own (RFC 9113). */
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { HttpReply, HttpRequest } from '../http-exchange.ts';
import { exchange } from './exchange.ts';
import { Unprocessed, type SessionEnd } from './faults.ts';
import { FloodGuard } from './flood-guard.ts';

/** The maximum number of requests at once on one connection, if the server allows as many; curl's. */
export const MOST_STREAMS = 100;
/** Bytes that a server may send on one stream before they are taken: at 100 ms of delay, 40 MB/s. */
const STREAM_WINDOW = 4 << 20;
/** The same on all streams. Node returns this one as bytes arrive, so that streams that are paused hold up no others. */
const SESSION_WINDOW = 16 << 20;
/** Bytes of a response's headers, counted as in RFC 9113 section 6.5.2. */
const MOST_HEADERS = 64 << 10;
/** The maximum number of a response's headers. */
const MOST_FIELDS = 256;
/** Milliseconds without a request after which a session is closed. */
const IDLE = 5_000;
/** Milliseconds until a session that is closed has to be gone. */
const CLOSING = 1_000;
/** Node's errors for a request on a session that has just ended. */
const UNSENT = new Set(['ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_INVALID_SESSION', 'ERR_HTTP2_OUT_OF_STREAMS']);

export interface SessionEvents {
  /** There may be room for another request. */
  onRoom(): void;
  /** It takes no more requests. */
  onEnd(end: SessionEnd): void;
}

export class Http2Session {
  private readonly session: ClientHttp2Session;
  private readonly guard: FloodGuard;
  private readonly end: SessionEnd = { error: undefined, asked: 0, replies: 0 };
  /** Requests that the server works on. */
  private busy = 0;
  /** Requests whose streams are not closed: their responses are perhaps not read yet. */
  private open = 0;
  private most = MOST_STREAMS;
  private settled = false;
  private usable = true;
  private idle: NodeJS.Timeout | undefined;

  /** `socket`: open, to the server of `origin`, which has chosen `h2`. */
  constructor(
    private readonly socket: Socket,
    private readonly origin: URL,
    private readonly events: SessionEvents,
  ) {
    const session = connect(origin, {
      createConnection: () => socket,
      maxHeaderListPairs: MOST_FIELDS,
      peerMaxConcurrentStreams: MOST_STREAMS,
      maxReservedRemoteStreams: 0,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW, maxHeaderListSize: MOST_HEADERS },
    });
    this.session = session;
    this.guard = new FloodGuard(socket, () => this.destroy(new Error('the server sends frames that belong to no response')));
    session.once('connect', () => session.setLocalWindowSize(SESSION_WINDOW));
    session.on('remoteSettings', ({ maxConcurrentStreams = MOST_STREAMS }) => {
      this.settled = true;
      // With none allowed, a request waits in the session, for as long as for any response.
      this.most = Math.max(1, Math.min(MOST_STREAMS, maxConcurrentStreams));
      events.onRoom();
    });
    session.on('goaway', (code, lastStream) => {
      this.end.goaway = { code, lastStream };
      this.retire();
    });
    session.on('error', (error) => {
      this.end.error ??= error;
    });
    session.on('close', () => {
      this.guard.stop();
      clearTimeout(this.idle);
      this.retire();
    });
    this.rest();
  }

  /** Whether it takes another request now. */
  get hasRoom(): boolean {
    return this.usable && this.busy < this.most;
  }

  /** Reserves the place for a request, which `request` gives back. */
  reserve(): void {
    this.end.asked += 1;
    this.busy += 1;
    this.open += 1;
    clearTimeout(this.idle);
    this.session.ref();
  }

  /** Sends a request for which there is a place. Throws `Unprocessed` where another connection may serve it. */
  async request(request: HttpRequest): Promise<HttpReply> {
    const { settled } = this;
    let stream: ClientHttp2Stream | undefined;
    let replied = false;
    const served = this.once(() => (this.busy -= 1));
    const closed = this.once(() => (this.open -= 1));
    let reply: Promise<HttpReply> | undefined;
    try {
      reply = exchange(this.session, this.origin, request, {
        onReply: () => {
          replied = true;
          this.end.replies += 1;
          this.guard.reply();
        },
        onBytes: (count) => this.guard.bytes(count),
        onStall: () => this.stalled(),
        onServed: served,
        onClose: (ended) => {
          stream = ended;
          if (ended.rstCode === constants.NGHTTP2_CANCEL) this.guard.onTheWay(STREAM_WINDOW);
          served();
          closed();
        },
      });
      return await reply;
    } catch (error) {
      const unsent = !reply && UNSENT.has((error as { code?: string }).code ?? '');
      if (!reply) {
        served();
        closed();
        this.retire();
      }
      request.signal?.throwIfAborted();
      const elsewhere = !replied && (unsent || (stream && this.refused(stream, settled)));
      if (elsewhere) throw new Unprocessed(this.wantsHttp1(stream), this.end.error ?? error);
      throw this.end.error ?? error;
    }
  }

  /** Takes no more requests, and ends after those that it has. */
  close(): void {
    this.retire();
    if (this.open === 0) this.leave();
  }

  /** `settled`: the server's settings had come when the request was sent. */
  private refused(stream: ClientHttp2Stream, settled: boolean): boolean {
    const { goaway } = this.end;
    const behind = goaway !== undefined && (stream.id === undefined || stream.id > goaway.lastStream);
    const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    // Before its settings have come, more requests may be sent than a server takes; after them, it refuses for a reason of its own.
    if (refused && settled) this.close();
    return behind || refused || this.wantsHttp1(stream);
  }

  private wantsHttp1(stream: ClientHttp2Stream | undefined): boolean {
    const code = constants.NGHTTP2_HTTP_1_1_REQUIRED;
    return stream?.rstCode === code || this.end.goaway?.code === code;
  }

  /** Returns a function that changes the counts the first time it is called. */
  private once(change: () => void): () => void {
    let done = false;
    return () => {
      if (done) return;
      done = true;
      change();
      if (this.open === 0) this.rest();
      this.events.onRoom();
    };
  }

  private rest(): void {
    this.session.unref();
    clearTimeout(this.idle);
    if (!this.usable) return this.leave();
    this.idle = setTimeout(() => this.close(), IDLE).unref();
  }

  /** Nothing came for one request: others may go on, new ones use another connection. A connection on which nothing comes at all ends. */
  private stalled(): void {
    this.retire();
    const before = this.socket.bytesRead;
    setTimeout(() => {
      if (this.socket.bytesRead === before && this.open > 0) this.destroy(new Error('nothing comes over the connection'));
    }, CLOSING).unref();
  }

  private retire(): void {
    if (!this.usable) return;
    this.usable = false;
    // What ended it is known when Node has reported all of it.
    setImmediate(() => this.events.onEnd(this.end));
  }

  private leave(): void {
    if (this.session.destroyed) return;
    this.session.close();
    setTimeout(() => this.session.destroy(), CLOSING).unref();
  }

  private destroy(error: Error): void {
    this.end.error ??= error;
    this.session.destroy(error);
    this.retire();
  }
}
