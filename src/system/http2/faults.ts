import { constants } from 'node:http2';

/** A request that the server has certainly not worked on (RFC 9113 section 8.7): it can be sent again on another connection. */
export class Unprocessed extends Error {
  constructor(
    /** The server wants it in HTTP/1.1. */
    readonly http1: boolean,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : 'the server refused the request', { cause });
  }
}

/** Why a session ended: what the server said, or what it did. */
export interface SessionEnd {
  error: Error | undefined;
  /** The numbers of requests and responses. */
  asked: number;
  replies: number;
  /** The GOAWAY frame (RFC 9113 section 6.8). */
  goaway?: { code: number; lastStream: number };
}

/** Returns whether a session ended since the server does not speak the protocol, and not for the network's sake. */
export function isProtocolFault({ error, goaway }: SessionEnd): boolean {
  const { code } = (error ?? {}) as { code?: string };
  // The server's reason comes first: Node reports the same session as one that ended with an error.
  if (goaway) return PROTOCOL_CODES.has(goaway.code);
  return code === 'ERR_HTTP2_ERROR' || code === 'ERR_HTTP2_SESSION_ERROR' || code === 'ERR_HTTP2_TOO_MANY_INVALID_FRAMES';
}

const PROTOCOL_CODES = new Set<number>([
  constants.NGHTTP2_PROTOCOL_ERROR,
  constants.NGHTTP2_FLOW_CONTROL_ERROR,
  constants.NGHTTP2_FRAME_SIZE_ERROR,
  constants.NGHTTP2_COMPRESSION_ERROR,
  constants.NGHTTP2_HTTP_1_1_REQUIRED,
]);
