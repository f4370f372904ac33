/** What the user has set about the network. Plain data, read once (flake/settings) and handed to whatever downloads: sources, packages, builders. */
import type { HttpOptions } from './http.ts';
import { netrcAuthorization, readNetrc } from './netrc.ts';

export interface NetworkSettings {
  /** `--mirror` and `--security-mirror`: Debian's archive is asked there. */
  mirror?: string;
  securityMirror?: string;
  /** `netrc-file`; the strongest first. */
  netrcFiles: readonly string[];
  /** `ssl-cert-file`: the authorities to trust. */
  certificateFile?: string;
  /** `download-attempts`. */
  attempts?: number;
  /** `stalled-download-timeout`, in seconds. */
  stalledAfter?: number;
  /** Whose proxies, mirrors and caches; the process's own unless told. */
  env?: NodeJS.ProcessEnv;
}

/** How a download goes by the settings. */
export function httpSettings(
  { netrcFiles, certificateFile, attempts, stalledAfter, env }: NetworkSettings = { netrcFiles: [] },
): HttpOptions {
  const netrc = readNetrc(netrcFiles);
  return {
    ...(netrc.length > 0 && { authorization: (url, { redirected }) => netrcAuthorization(netrc, url.hostname, { named: redirected }) }),
    ...(certificateFile !== undefined && { certificateFile }),
    ...(attempts !== undefined && { attempts }),
    ...(stalledAfter !== undefined && { timeout: stalledAfter * 1000 }),
    ...(env && { env }),
  };
}
