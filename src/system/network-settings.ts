/**
 * The user's network settings. Plain data, read once (flake/settings) and passed to everything that downloads: sources, packages, builders.
 */
import type { HttpOptions } from './http.ts';
import { netrcAuthorization, readNetrc } from './netrc.ts';

export interface NetworkSettings {
  /** `--mirror` and `--security-mirror`: the mirrors of Debian's archive to use. */
  mirror?: string;
  securityMirror?: string;
  /** `netrc-file`; the highest priority first. */
  netrcFiles: readonly string[];
  /** `ssl-cert-file`: the authorities to trust. */
  certificateFile?: string;
  /** `download-attempts`. */
  attempts?: number;
  /** `stalled-download-timeout`, in seconds. */
  stalledAfter?: number;
  /** `connect-timeout`, in seconds. */
  connectTimeout?: number;
  /** `http-connections`. */
  connections?: number;
  /** `http2`. */
  http2?: boolean;
  /** The environment with proxies, mirrors and caches. Defaults to the process's own. */
  env?: NodeJS.ProcessEnv;
}

/** Returns the options of a download that follow from the settings. */
export function httpSettings(
  { netrcFiles, certificateFile, attempts, stalledAfter, connectTimeout, connections, http2, env }: NetworkSettings = { netrcFiles: [] },
): HttpOptions {
  const netrc = readNetrc(netrcFiles);
  return {
    ...(netrc.length > 0 && { authorization: (url, { redirected }) => netrcAuthorization(netrc, url.hostname, { named: redirected }) }),
    ...(certificateFile !== undefined && { certificateFile }),
    ...(attempts !== undefined && { attempts }),
    ...(stalledAfter !== undefined && { timeout: stalledAfter * 1000 }),
    ...(connectTimeout !== undefined && { connectTimeout: connectTimeout * 1000 }),
    ...(connections !== undefined && { connections }),
    ...(http2 !== undefined && { http2 }),
    ...(env && { env }),
  };
}
