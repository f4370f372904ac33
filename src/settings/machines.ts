/**
 * Other machines that build: the setting `builders`. An entry is a line, or ends at `;`; `@FILE` stands for the entries of a file, which
 * may be missing; `#` begins a comment. The fields of an entry are separated by blanks, `-` is an empty one:
 *
 *     URI  SYSTEM,...  SSH-KEY  MAX-JOBS  SPEED-FACTOR  SUPPORTED-FEATURE,...  MANDATORY-FEATURE,...  PUBLIC-HOST-KEY
 */
import { readFileSync } from 'node:fs';
import { flakeError } from '../base/flake-error.ts';
import { shortened } from '../base/shortened.ts';

export interface BuildMachine {
  /** The address of its store, with the key and the host key of its entry as parameters. */
  uri: string;
  /** For messages: without parameters. */
  name: string;
  systems: readonly string[];
  /** Builds at once. */
  maxJobs: number;
  /** More than 0. */
  speedFactor: number;
  /** Features of the derivations that it may build. */
  supportedFeatures: readonly string[];
  /** Features that a derivation must require to be built there; they count as supported. */
  mandatoryFeatures: readonly string[];
}

/** The deepest nesting of files. */
const MOST_NESTED = 8;
const MOST_MACHINES = 1000;

/** `system`: of a machine that names none. Throws `flake/bad-settings`, also for a file that cannot be read. */
export function readMachines(text: string, system: string): BuildMachine[] {
  const entries = expandEntries(text, 0);
  if (entries.length > MOST_MACHINES) throw bad(`it has more than ${MOST_MACHINES} machines`);
  return entries.map((entry) => parseEntry(entry, system));
}

function expandEntries(text: string, depth: number): string[] {
  return text.split('\n').flatMap((line) =>
    line
      .replace(/#.*/, '')
      .split(';')
      .map((entry) => entry.trim())
      .filter(Boolean)
      .flatMap((entry) => (entry.startsWith('@') ? entriesOfFile(entry.slice(1).trim(), depth + 1) : [entry])),
  );
}

function entriesOfFile(path: string, depth: number): string[] {
  if (depth > MOST_NESTED) throw bad(`'${path}' is included ${MOST_NESTED} files deep; a file may include itself`);
  try {
    return expandEntries(readFileSync(path, 'utf8'), depth);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === undefined || code.includes('/')) throw error;
    throw bad(`the file '${path}' cannot be read: ${message}`);
  }
}

function parseEntry(entry: string, system: string): BuildMachine {
  const fields = entry.split(/\s+/);
  const field = (index: number): string | undefined => (fields[index] === '-' || fields[index] === '' ? undefined : fields[index]);
  const words = (index: number): string[] | undefined => field(index)?.split(',').filter(Boolean);
  const uri = field(0);
  if (uri === undefined) throw bad(`the address of a store is missing in '${shortened(entry)}'`);
  const maxJobs = field(3) ?? '1';
  if (!/^[0-9]{1,6}$/.test(maxJobs)) throw bad(`the number of jobs is '${maxJobs}' in '${shortened(entry)}'`);
  const speed = field(4) ?? '1';
  if (!/^[0-9]{1,9}(?:\.[0-9]{0,9})?$/.test(speed)) throw bad(`the speed factor is '${speed}' in '${shortened(entry)}'`);
  const hostKey = field(7);
  if (hostKey !== undefined && !/^[A-Za-z0-9+/]+={0,2}$/.test(hostKey))
    throw bad(`the public host key is not in base 64 in '${shortened(entry)}'`);
  const complete = completeUri(uri, field(2), hostKey);
  return {
    uri: complete,
    name: complete.split('?')[0]!,
    systems: words(1) ?? [system],
    maxJobs: Number(maxJobs),
    speedFactor: Number(speed) || 1,
    supportedFeatures: words(5) ?? [],
    mandatoryFeatures: words(6) ?? [],
  };
}

/** The word alone is a host, as in Nix. What Nix asks of `ssh://` by an older protocol is asked by that of `ssh-ng://` here. */
function completeUri(uri: string, sshKey: string | undefined, hostKey: string | undefined): string {
  const bare = !uri.includes('/') && !/^(?:auto|daemon|local)(?:$|\?)|^\?/.test(uri);
  const [address = '', query] = (bare ? `ssh://${uri}` : uri).split(/\?(.*)/s);
  const legacy = address.startsWith('ssh://');
  const parameters = (query ?? '').split('&').filter(Boolean);
  if (legacy && parameters.some((parameter) => parameter.startsWith('remote-program=')))
    throw bad(`'${uri}' names a program for the protocol of ssh://, which is not spoken here: use ssh-ng:// and the path of nix-daemon`);
  const scheme = legacy ? `ssh-ng${address.slice('ssh'.length)}` : address;
  if (scheme.startsWith('ssh-ng://')) {
    // Of two, the last one counts.
    if (sshKey !== undefined) parameters.push(`ssh-key=${encodeURIComponent(sshKey)}`);
    if (hostKey !== undefined) parameters.push(`base64-ssh-public-host-key=${encodeURIComponent(hostKey)}`);
  }
  return parameters.length === 0 ? scheme : `${scheme}?${parameters.join('&')}`;
}

function bad(why: string): Error {
  return flakeError(
    'bad-settings',
    `setting 'builders' has an invalid value: ${why}`,
    'Use for example: builders = ssh-ng://me@example.org x86_64-linux - 4',
  );
}
