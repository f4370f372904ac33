/** Finds the proxy for a URL in the environment, as curl and apt do. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv = process.env): URL | undefined {
  // HTTP_PROXY in capitals is ignored on purpose, as by curl: in CGI, a request could set it.
  const named =
    url.protocol === 'https:'
      ? (env.https_proxy ?? env.HTTPS_PROXY)
      : (env.http_proxy ?? (env.REQUEST_METHOD ? undefined : env.HTTP_PROXY));
  const proxy = named || env.all_proxy || env.ALL_PROXY;
  if (!proxy || bypassesProxy(url, env.no_proxy ?? env.NO_PROXY ?? '')) return undefined;
  return new URL(/^[a-z]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`);
}

function bypassesProxy(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  for (const raw of list.split(/[\s,]+/)) {
    const entry = raw.toLowerCase();
    if (entry === '') continue;
    if (entry === '*') return true;
    const [, name, port] = /^(.*?)(?::(\d+))?$/.exec(entry)!;
    if (port && port !== (url.port || (url.protocol === 'https:' ? '443' : '80'))) continue;
    const domain = name!.replace(/^\*?\./, '');
    if (host === domain || host.endsWith(`.${domain}`)) return true;
  }
  return false;
}

/** Returns the Authorization (for a proxy: Proxy-Authorization) header for a URL with a user. */
export function basicAuthorization(url: URL): string | undefined {
  if (!url.username) return undefined;
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
