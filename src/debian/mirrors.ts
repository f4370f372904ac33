import { BootflakeError } from '../base/errors.ts';
import { readAptFiles } from './apt-configuration.ts';
import { debianMirrorsOf, parseDeb822Sources, parseSourcesList } from './apt-sources.ts';

/** Base addresses without a trailing slash, of folders with `dists/` and `pool/`. */
export interface DebianMirrors {
  debian: string;
  security: string;
  /** Keeps every state of the archives; used when a pinned file has left the mirror. */
  snapshot: string;
  /** The origin of the choice, for messages. */
  origin: Record<'debian' | 'security', string>;
  /** Used for files that the mirror lacks or has wrong. None if the user named the mirror: then only the snapshots are used besides. */
  others?: Record<'debian' | 'security', string[]>;
}

export interface MirrorChoice {
  /** `--mirror` and `--security-mirror`, which take precedence. */
  mirror?: string | undefined;
  securityMirror?: string | undefined;
  env?: NodeJS.ProcessEnv;
  /** Defaults to `/etc/apt`. */
  aptDirectory?: string;
}

const DEFAULT_MIRROR = 'http://ftp.debian.org/debian';
const DEFAULT_SECURITY_MIRROR = 'http://security.debian.org/debian-security';
const DEFAULT_SNAPSHOT = 'https://snapshot.debian.org';

/**
 * The user's mirrors: by option, else by environment (BOOTFLAKE_MIRROR, BOOTFLAKE_SECURITY_MIRROR, BOOTFLAKE_SNAPSHOT), else the host's apt
 * sources, else Debian's primary ones. Throws `debian/bad-mirror` if an address is invalid.
 */
export function chooseMirrors(choice: MirrorChoice = {}): DebianMirrors {
  const { env = process.env } = choice;
  const apt = debianMirrorsOf(
    readAptFiles(choice.aptDirectory).flatMap(({ format, text }) =>
      format === 'list' ? parseSourcesList(text) : parseDeb822Sources(text),
    ),
  );
  const first = (...candidates: [string, string | undefined][]) => {
    const [origin, address] = candidates.find(([, value]) => value) as [string, string];
    return { origin, address: checkAddress(origin, address) };
  };
  const debian = first(
    ['--mirror', choice.mirror],
    ['BOOTFLAKE_MIRROR', env.BOOTFLAKE_MIRROR],
    ['apt sources', apt.debian[0]],
    ['default', DEFAULT_MIRROR],
  );
  const security = first(
    ['--security-mirror', choice.securityMirror],
    ['BOOTFLAKE_SECURITY_MIRROR', env.BOOTFLAKE_SECURITY_MIRROR],
    ['apt sources', apt.security[0]],
    ['default', DEFAULT_SECURITY_MIRROR],
  );
  const others = ({ origin, address }: { origin: string; address: string }, known: string[], primary: string) =>
    origin === 'apt sources' || origin === 'default' ? [...new Set([...known, primary])].filter((other) => other !== address) : [];
  return {
    debian: debian.address,
    security: security.address,
    others: { debian: others(debian, apt.debian, DEFAULT_MIRROR), security: others(security, apt.security, DEFAULT_SECURITY_MIRROR) },
    snapshot: first(['BOOTFLAKE_SNAPSHOT', env.BOOTFLAKE_SNAPSHOT], ['default', DEFAULT_SNAPSHOT]).address,
    origin: { debian: debian.origin, security: security.origin },
  };
}

export function mirrorOf(mirrors: DebianMirrors, archive: 'debian' | 'debian-security'): string {
  return archive === 'debian' ? mirrors.debian : mirrors.security;
}

function checkAddress(origin: string, address: string): string {
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address.replace(/\/+$/, '');
  throw new BootflakeError({
    code: 'debian/bad-mirror',
    message: `${origin} names '${address}', which is not an http or https address`,
    hint: `Use an address with dists/ and pool/ below it, such as ${DEFAULT_MIRROR}`,
  });
}
