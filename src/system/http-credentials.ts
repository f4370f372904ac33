/** Who may see which secret: what was meant for one server is not sent to another that it redirects to. */
import { basicAuthorization } from './proxy.ts';

export interface HttpCredentials {
  /** Sent to the first address's own origin (scheme, host and port), not where it redirects to: tokens. */
  secretHeaders?: Record<string, string>;
  /**
   * The Authorization header for an address, unless the secret headers or the address itself have one: what a netrc file says.
   * `redirected`: another server named the address; only an entry of that very host counts then.
   */
  authorization?: (url: URL, options: { redirected: boolean }) => string | undefined;
}

/** The headers with secrets for an address on the way from `first`. */
export function credentialHeaders(url: URL, first: URL, { secretHeaders, authorization }: HttpCredentials): Record<string, string> {
  const own = url.origin === first.origin;
  const secret = own ? { ...secretHeaders } : {};
  if (Object.keys(secret).some((name) => name.toLowerCase() === 'authorization')) return secret;
  const basic =
    basicAuthorization(url) ??
    (own ? basicAuthorization(first) : undefined) ??
    (own || mayHaveItsOwn(url, first) ? authorization?.(url, { redirected: !own }) : undefined);
  return basic === undefined ? secret : { ...secret, authorization: basic };
}

/**
 * Whether the address that a server redirects to is that of a host as netrc means it, which knows no ports and no schemes: over TLS, at the
 * usual port. Another port of the same host may be another's server.
 */
function mayHaveItsOwn(url: URL, first: URL): boolean {
  return url.protocol === 'https:' && url.port === '' && (url.hostname !== first.hostname || first.port === '');
}

/** RFC 9110 section 8.8.3. What a server sends goes back to it, or to the next, as a header. */
export function entityTag(value: unknown): string | undefined {
  return typeof value === 'string' && /^(?:W\/)?"[\x21\x23-\x7e]{0,512}"$/.test(value) ? value : undefined;
}

/** RFC 9110 section 5.6.7. */
export function httpDate(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9, :+-]{1,64}$/.test(value) ? value : undefined;
}
