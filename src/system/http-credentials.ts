/** Decides which server receives which secret: one meant for a server is not sent to another that it redirects to. */
import { basicAuthorization } from './proxy.ts';

/** What a signature covers besides the address. */
export interface RequestFacts {
  method: string;
  /** The SHA-256 of the body in base 16; undefined for none. */
  bodyHash?: string;
}

export interface HttpCredentials {
  /** Tokens, sent only to the first address's origin (scheme, host and port), not to redirect targets. */
  secretHeaders?: Record<string, string>;
  /** The same for each request: signatures with the time in them. */
  signedHeaders?: (url: URL, request: RequestFacts) => Record<string, string>;
  /**
   * Returns the Authorization header that a netrc file has for an address, used unless the secret headers or the address itself have one.
   * `redirected`: another server named the address; then only an entry of exactly that host counts.
   */
  authorization?: (url: URL, options: { redirected: boolean }) => string | undefined;
}

/** The headers with secrets for an address on the way from `first`. */
export function credentialHeaders(
  url: URL,
  first: URL,
  { secretHeaders, signedHeaders, authorization }: HttpCredentials,
  request: RequestFacts = { method: 'GET' },
): Record<string, string> {
  const own = url.origin === first.origin;
  const secret = own ? { ...secretHeaders, ...signedHeaders?.(url, request) } : {};
  if (Object.keys(secret).some((name) => name.toLowerCase() === 'authorization')) return secret;
  const basic =
    basicAuthorization(url) ??
    (own ? basicAuthorization(first) : undefined) ??
    (own || mayHaveItsOwn(url, first) ? authorization?.(url, { redirected: !own }) : undefined);
  return basic === undefined ? secret : { ...secret, authorization: basic };
}

/**
 * Returns whether a redirect target may receive its host's netrc entry. netrc knows no ports and no schemes, so the target must use TLS on
 * the usual port: another port of the same host may be someone else's server.
 */
function mayHaveItsOwn(url: URL, first: URL): boolean {
  return url.protocol === 'https:' && url.port === '' && (url.hostname !== first.hostname || first.port === '');
}

/** RFC 9110 section 8.8.3. Validated, as it is sent back as a header. */
export function entityTag(value: unknown): string | undefined {
  return typeof value === 'string' && /^(?:W\/)?"[\x21\x23-\x7e]{0,512}"$/.test(value) ? value : undefined;
}

/** RFC 9110 section 5.6.7. */
export function httpDate(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9, :+-]{1,64}$/.test(value) ? value : undefined;
}
