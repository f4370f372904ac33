/**
 * The addresses of stores behind a daemon, as in Nix: `daemon`, `unix://`, `unix:///SOCKET`, `ssh-ng://[USER@]HOST[:PORT]`, with parameters
 * after `?`.
 */
import { daemonError } from './errors.ts';

interface CommonTarget {
  /** As it was given, without parameters, for messages. */
  uri: string;
  /** The lowest comes first among substituters. */
  priority: number;
  /** Its paths need no signature. */
  trusted: boolean;
  wantMassQuery: boolean;
  /** Connections at once. */
  maxConnections: number;
}

export interface UnixTarget extends CommonTarget {
  scheme: 'unix';
  /** The path of the socket. */
  socket: string;
}

export interface SshTarget extends CommonTarget {
  scheme: 'ssh-ng';
  /** Neither empty nor with a `-` at the beginning, as is the user. */
  host: string;
  user: string | undefined;
  port: number | undefined;
  /** The file of a private key. */
  sshKey: string | undefined;
  /** As in a known_hosts file, without the host: `ssh-ed25519 AAAA...`. */
  hostKey: string | undefined;
  compress: boolean;
  /** The words of the command there, without `--stdio`. */
  remoteProgram: readonly string[];
  /** The store to use there; undefined for the default one. */
  remoteStore: string | undefined;
}

export type DaemonTarget = UnixTarget | SshTarget;

const COMMON = ['priority', 'trusted', 'want-mass-query', 'max-connections'];
const OF_UNIX = ['root', 'state'];
const OF_SSH = ['ssh-key', 'base64-ssh-public-host-key', 'compress', 'remote-program', 'remote-store'];
/** Of machines; where they are read, they are taken from the machine's own line. */
const OF_BUILDERS = ['system-features'];

/** Returns whether an address is that of a store behind a daemon. */
export function isDaemonUri(text: string): boolean {
  return /^(?:daemon$|daemon\?|(?:unix|ssh-ng):\/\/)/.test(text);
}

/** Parses an address. `env` may name the daemon's socket. Throws `daemon/bad-uri`. */
export function parseDaemonUri(text: string, env: NodeJS.ProcessEnv): DaemonTarget {
  const mark = text.indexOf('?');
  const address = mark < 0 ? text : text.slice(0, mark);
  const given = parametersOf(text, mark < 0 ? '' : text.slice(mark + 1));
  const scheme = address === 'daemon' ? 'unix' : address.slice(0, Math.max(0, address.indexOf('://')));
  const rest = address === 'daemon' ? '' : address.slice(scheme.length + 3);
  const parameters = new Parameters(text, given, [...COMMON, ...OF_BUILDERS, ...(scheme === 'unix' ? OF_UNIX : OF_SSH)]);
  const common: CommonTarget = {
    uri: address,
    priority: parameters.number('priority') ?? 0,
    trusted: parameters.flag('trusted') ?? false,
    wantMassQuery: parameters.flag('want-mass-query') ?? false,
    maxConnections: Math.max(1, parameters.number('max-connections') ?? 1),
  };
  if (scheme === 'unix') return { ...common, scheme, socket: socketPath(text, rest, parameters, env) };
  if (scheme !== 'ssh-ng') throw badUri(text, 'its scheme is neither unix:// nor ssh-ng://');
  return {
    ...common,
    scheme,
    ...parseHost(text, rest),
    sshKey: parameters.text('ssh-key'),
    hostKey: decodedHostKey(text, parameters.text('base64-ssh-public-host-key')),
    compress: parameters.flag('compress') ?? false,
    remoteProgram: (parameters.text('remote-program') ?? 'nix-daemon').split(/\s+/).filter(Boolean),
    remoteStore: parameters.text('remote-store'),
  };
}

/** A `+` is itself, as in Nix. */
function parametersOf(uri: string, query: string): Map<string, string> {
  return new Map(
    query
      .split('&')
      .filter(Boolean)
      .map((pair) => {
        const at = pair.indexOf('=');
        return at < 0 ? [pair, ''] : [pair.slice(0, at), decoded(uri, pair.slice(at + 1))];
      }),
  );
}

class Parameters {
  constructor(
    private readonly uri: string,
    private readonly given: ReadonlyMap<string, string>,
    known: readonly string[],
  ) {
    for (const name of given.keys()) {
      if (!known.includes(name)) throw badUri(uri, `its parameter '${name}' is not known here`, `Known are: ${known.join(', ')}`);
    }
  }

  /** Undefined for one that is not given, or empty. */
  text(name: string): string | undefined {
    const value = this.given.get(name);
    if (value !== undefined && /[\0\n]/.test(value)) throw badUri(this.uri, `its parameter '${name}' has more than one line`);
    return value || undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (['true', 'yes', '1'].includes(value)) return true;
    if (['false', 'no', '0'].includes(value)) return false;
    throw badUri(this.uri, `its parameter '${name}' is '${value}', which is neither true nor false`);
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (/^-?[0-9]{1,9}$/.test(value)) return Number(value);
    throw badUri(this.uri, `its parameter '${name}' is '${value}', which is no whole number`);
  }
}

/** As in Nix: NIX_DAEMON_SOCKET_PATH, else below `state`, which is below `root`. */
function socketPath(uri: string, path: string, parameters: Parameters, env: NodeJS.ProcessEnv): string {
  if (path !== '') {
    if (!path.startsWith('/')) throw badUri(uri, 'the path of its socket is not absolute');
    return decoded(uri, path);
  }
  const root = parameters.text('root');
  const given = parameters.text('state') ?? (root === undefined ? undefined : `${root === '/' ? '' : root}/nix/var/nix`);
  const state = given ?? (env.NIX_STATE_DIR || '/nix/var/nix');
  if (!state.startsWith('/')) throw badUri(uri, `the folder '${state}' is not absolute`);
  return given === undefined && env.NIX_DAEMON_SOCKET_PATH ? env.NIX_DAEMON_SOCKET_PATH : `${state}/daemon-socket/socket`;
}

/** The host and the user become arguments of ssh, and must never become options. */
function parseHost(uri: string, authority: string): Pick<SshTarget, 'host' | 'user' | 'port'> {
  const [, userPart, hostPart = '', portPart] =
    /^(?:([^@/]*)@)?(\[[0-9a-fA-F:.%a-z]+\]|[^@/:[\]]*)(?::([0-9]{1,5}))?\/?$/.exec(authority) ?? [];
  const user = userPart === undefined ? undefined : decoded(uri, userPart);
  const host = decoded(uri, hostPart.replace(/^\[|\]$/g, ''));
  const port = portPart === undefined ? undefined : Number(portPart);
  if (host === '') throw badUri(uri, 'it names no host');
  if (host.startsWith('-')) throw badUri(uri, `the host name '${host}' must not start with '-'`);
  if (!/^[0-9A-Za-z_.:%-]+$/.test(host)) throw badUri(uri, `'${host}' is not the name of a host`);
  if (user === '') throw badUri(uri, 'the user name must not be empty');
  if (user?.startsWith('-')) throw badUri(uri, `the user name '${user}' must not start with '-'`);
  if (user !== undefined && !/^[0-9A-Za-z_.+-]+$/.test(user)) throw badUri(uri, `'${user}' is not the name of a user`);
  if (port !== undefined && (port === 0 || port > 65_535)) throw badUri(uri, `there is no port ${port}`);
  return { host, user, port };
}

/** One line: it becomes one of a known_hosts file. */
function decodedHostKey(uri: string, base64: string | undefined): string | undefined {
  if (base64 === undefined) return undefined;
  const text = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64').toString('latin1').trimEnd() : '';
  if (/^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}(?: [\x20-\x7e]*)?$/.test(text)) return text;
  throw badUri(
    uri,
    "its parameter 'base64-ssh-public-host-key' is not a public key of ssh in base 64",
    'Make it with: base64 -w0 /etc/ssh/ssh_host_ed25519_key.pub',
  );
}

function decoded(uri: string, text: string): string {
  try {
    const plain = decodeURIComponent(text);
    if (!plain.includes('\0')) return plain;
  } catch {
    /* An error, below. */
  }
  throw badUri(uri, 'a % in it is followed by no character');
}

function badUri(uri: string, why: string, hint = 'Use unix://, unix:///SOCKET or ssh-ng://[USER@]HOST[:PORT].'): Error {
  return daemonError('bad-uri', `'${uri}' is not the address of a store behind a daemon: ${why}`, { hint });
}
