/**
 * The store of a machine that runs: which paths it has, and how it gets others and becomes another system. Everything is done by scripts
 * that root of the guest runs for its host; what they print is the guest's word, of which nothing is believed that would matter to others.
 */
import { BootflakeError } from '../base/errors.ts';
import { visible } from '../base/control-characters.ts';
import { aborted } from '../system/aborted.ts';
import { endWithin, type GuestProcess, type OpenOptions } from '../vm/guest-channel.ts';
import type { Instance } from './instance.ts';

export const switchActions = ['switch', 'boot', 'test', 'dry-activate'] as const;
export type SwitchAction = (typeof switchActions)[number];

/** Statuses of the scripts. switch-to-configuration's own are 0 to 4 and 100. */
const lacks = { switch: 90, lock: 91, writableStore: 92, wholeArchive: 93, wholeSystem: 94, registration: 95, generation: 96 } as const;
/** In the guest's store, on the same file system: paths are renamed from here. */
export const incomingFolder = '.bootflake-incoming';
/** In that folder: what `nix-store --load-db` reads. */
export const registrationName = '.registration';
/** Bytes that the list of a store may have, and other output. */
const [mostListed, mostSaid] = [16 << 20, 65_536];
/** Milliseconds for a piece of input to be taken, and from its end to that of the command, which waits for the machine's disk. */
const [inputPatience, patience] = [120_000, 300_000];

/** All scripts have the root of the machine as $1, which is empty but in tests. */
export const guestScripts = {
  /** Reads paths of the store, one a line. Prints what the machine has. */
  probe: `
root=$1
current=$root/run/current-system
[ -e "$current/activate" ] && [ -e "$current/bin/switch-to-configuration" ] || exit ${lacks.switch}
echo "space $(stat -f -c '%a %S' "$root/nix/store")"
if [ -e "$root/nix/var/nix/db/db.sqlite" ] && command -v nix-store > /dev/null; then
  echo nix
  while read -r path; do [ ! -e "$root$path" ] || echo "$path"; done |
    xargs -r nix-store --check-validity --print-invalid 2> /dev/null | sed 's/^/invalid /'
fi
ls -A "$root/nix/store" | sed 's/^/has /'
`,
  /**
   * Unpacks an archive into the store: $2 is the system that is whole then. A path gets its name only once the whole archive has arrived
   * and is on the disk. $0 is the script itself.
   */
  receive: `
root=$1 system=$2
store=$root/nix/store
incoming=$store/${incomingFolder}
if [ ! -w "$store" ]; then
  # It is mounted read-only above itself: for this process it is not.
  [ -z "$remounted" ] || exit ${lacks.writableStore}
  export remounted=1
  exec unshare --mount bash -c 'mount -o remount,rw,bind "$1/nix/store" && exec bash -c "$0" "$0" "$@"
    exit ${lacks.writableStore}' "$0" "$@"
fi
exec 9>> "$root/run/bootflake-switch.lock"
flock -n 9 || exit ${lacks.lock}
if [ -e "$root/nix/var/nix/db/db.sqlite" ]; then
  # No garbage is collected meanwhile.
  exec 8>> "$root/nix/var/nix/gc.lock"
  flock -s 8
fi
rm -rf "$incoming"
trap 'rm -rf "$incoming"' EXIT
set -o pipefail
# tar does not read what is behind the end of its archive, of which gzip knows whether all of it was right.
unpack() { tar -x -p -f - -C "$store" && cat > /dev/null; }
mkdir -m 0700 "$incoming" && gzip -d -c | unpack && sync -f "$incoming" || exit ${lacks.wholeArchive}
for path in "$incoming"/*; do
  name=\${path##*/}
  [ -e "$path" ] || [ -L "$path" ] || continue
  if [ -e "$store/$name" ] || [ -L "$store/$name" ]; then
    # Nix knows nothing of it: half a path.
    mkdir -p "$incoming/.replaced" && mv -T "$store/$name" "$incoming/.replaced/$name" || exit ${lacks.wholeArchive}
  fi
  mv -T "$path" "$store/$name" || exit ${lacks.wholeArchive}
done
sync -f "$store"
if [ -e "$incoming/${registrationName}" ] && command -v nix-store > /dev/null; then
  nix-store --load-db < "$incoming/${registrationName}" || exit ${lacks.registration}
fi
[ -e "$root$system/bin/switch-to-configuration" ] || exit ${lacks.wholeSystem}
mkdir -p "$root/nix/var/nix/gcroots" && ln -sfn "$system" "$root/nix/var/nix/gcroots/bootflake-switch"
`,
  /** $2: the system, or nothing for that of the generation before; $3: the action. It goes on when the host is gone. */
  activate: `
root=$1 system=$2 action=$3
trap '' HUP PIPE
exec 9>> "$root/run/bootflake-switch.lock"
flock -n 9 || exit ${lacks.lock}
profiles=$root/nix/var/nix/profiles
mkdir -p "$profiles"
number_of() { local n=\${1##*/system-}; n=\${n%-link}; case $n in '' | *[!0-9]* | ??????????*) n=0 ;; esac; echo "$((10#$n))"; }
number=$(number_of "/$(readlink "$profiles/system")")
before=0 last=0 made=
for link in "$profiles"/system-*-link; do
  n=$(number_of "$link")
  [ "$n" -le "$last" ] || last=$n
  [ "$n" -lt "$number" ] && [ "$n" -gt "$before" ] && [ -e "$root$(readlink "$link")/bin/switch-to-configuration" ] && before=$n
done
if [ -z "$system" ]; then
  [ "$before" -gt 0 ] || exit ${lacks.generation}
  number=$before
  system=$(readlink "$profiles/system-$number-link")
elif [ "$action" = switch ] || [ "$action" = boot ]; then
  if [ "$(readlink "$profiles/system-$number-link")" != "$system" ]; then
    number=$((last + 1)) made=1
    ln -s "$system" "$profiles/system-$number-link" || exit ${lacks.writableStore}
  fi
fi
"$root$system/bin/switch-to-configuration" "$action" 1>&2 9>&-
status=$?
if [ "$action" = switch ] || [ "$action" = boot ]; then
  case $status in
    1 | 126 | 127) [ -z "$made" ] || rm "$profiles/system-$number-link" ;;
    *)
      ln -sfn "system-$number-link" "$profiles/.system-new" && mv -T "$profiles/.system-new" "$profiles/system"
      sync -f "$profiles"
      ;;
  esac
fi
echo "generation $number"
echo "system $system"
echo "image $(readlink "$profiles/system-1-link")"
exit $status
`,
} as const;

export interface GuestStore {
  /** Names in its store. */
  names: ReadonlySet<string>;
  /** Paths that are there but that its Nix does not know. */
  invalid: ReadonlySet<string>;
  hasNix: boolean;
  /** Bytes that are free; undefined where the guest does not say. */
  space: number | undefined;
}

const storeName = /^[0-9a-z]{32}-[0-9A-Za-z+._?=-]{1,211}$/;
const storePath = /^\/nix\/store\/[0-9a-z]{32}-[0-9A-Za-z+._?=-]{1,211}$/;

/** Asks what a machine's store has. `paths`: those for which it matters whether Nix knows them. Throws `instance/not-switchable`. */
export async function guestStore(instance: Instance, paths: readonly string[], open: OpenOptions): Promise<GuestStore> {
  const words = ['bash', '-c', guestScripts.probe, 'bash', ''];
  const input = [Buffer.from(paths.map((path) => `${path}\n`).join(''))];
  const { status, output, errors } = await converse(instance, words, { ...open, input, most: mostListed });
  if (status === lacks.switch) throw notSwitchable(instance);
  if (status !== 0) throw failed(instance, 'cannot say what its store has', errors);
  return readGuestStore(output);
}

/** Reads what the script `probe` has printed. Lines that are none of its are left out. */
export function readGuestStore(text: string): GuestStore {
  const names = new Set<string>();
  const invalid = new Set<string>();
  let hasNix = false;
  let space: number | undefined;
  for (const line of text.split('\n')) {
    const [word, value = '', more = ''] = line.split(' ');
    if (word === 'has' && storeName.test(value)) names.add(value);
    else if (word === 'invalid' && storePath.test(value)) invalid.add(value);
    else if (line === 'nix') hasNix = true;
    else if (word === 'space' && /^\d{1,15}$/.test(value) && /^\d{1,6}$/.test(more)) space = Number(value) * Number(more);
  }
  return { names, invalid, hasNix, space };
}

/**
 * Sends an archive of paths to a machine's store, all or none of which are there then. Throws `instance/switch-failed`,
 * `vm/guest-silent`.
 */
export async function sendPaths(instance: Instance, system: string, archive: AsyncIterable<Uint8Array>, open: OpenOptions): Promise<void> {
  const { receive } = guestScripts;
  const { status, errors } = await converse(instance, ['bash', '-c', receive, receive, '', system], { ...open, input: archive });
  if (status === 0) return;
  const why: Record<number, string> = {
    [lacks.lock]: 'is being switched by another command',
    [lacks.writableStore]: 'has a store that cannot be written to',
    [lacks.wholeArchive]: 'could not take all paths into its store, and has none of those that it lacked',
    [lacks.wholeSystem]: 'does not have the whole system',
    [lacks.registration]: 'has a Nix that did not take the paths',
  };
  throw failed(instance, why[status] ?? `could not take the paths into its store (status ${status})`, errors);
}

export interface Activated {
  /** That of switch-to-configuration. */
  status: number;
  /** The guest's word: the system, its number, and the system of the image, where they are store paths and a number. */
  system: string | undefined;
  generation: number | undefined;
  imageSystem: string | undefined;
}

/** Runs switch-to-configuration. Throws `instance/switch-failed`, `instance/no-generation`. */
export async function activateSystem(
  instance: Instance,
  { system, action, onOutput }: { system: string | undefined; action: SwitchAction; onOutput(bytes: Uint8Array): void | Promise<void> },
  open: OpenOptions,
): Promise<Activated> {
  const words = ['setsid', '-w', 'bash', '-c', guestScripts.activate, 'bash', '', system ?? '', action];
  const { status, output, errors } = await converse(instance, words, { ...open, onErrorOutput: onOutput, takesLong: true });
  if (status === lacks.generation) throw noGeneration(instance);
  if (status === lacks.lock) throw failed(instance, 'is being switched by another command', '');
  if (status === lacks.writableStore) throw failed(instance, 'cannot note the system as one of its generations', errors);
  const said = (word: string, pattern: RegExp): string | undefined =>
    output
      .split('\n')
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1))
      .findLast((value) => pattern.test(value));
  const generation = said('generation', /^\d{1,9}$/);
  return {
    status,
    system: said('system', storePath),
    generation: generation === undefined ? undefined : Number(generation),
    imageSystem: said('image', storePath),
  };
}

interface Conversation extends OpenOptions {
  input?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  onErrorOutput?: (bytes: Uint8Array) => void | Promise<void>;
  /** Bytes of output that are kept. */
  most?: number;
  /** Its end is waited for as long as the user does. */
  takesLong?: boolean;
}

/** Runs a command of the guest, which may lie, stop, or never end. */
async function converse(
  instance: Instance,
  words: readonly string[],
  { input = [], onErrorOutput, most = mostSaid, takesLong = false, ...open }: Conversation,
): Promise<{ status: number; output: string; errors: string }> {
  const pieces: string[] = [];
  let [length, errors] = [0, ''];
  const { channel, release } = await instance.openGuest(open);
  try {
    const command = channel.run({
      words,
      onOutput: (bytes) => {
        if (length < most) pieces.push(Buffer.from(bytes).toString('latin1', 0, most - length));
        length += bytes.length;
      },
      onErrorOutput: (bytes) => {
        errors = (errors + Buffer.from(bytes).toString('utf8')).slice(-2000);
        return onErrorOutput?.(bytes);
      },
    });
    await feed(command, input, open.signal);
    const { status } = await (takesLong ? Promise.race([command.ended, aborted(open.signal)]) : endWithin(command, patience, open.signal));
    return { status, output: pieces.join(''), errors };
  } finally {
    release();
  }
}

/** Writes all input, unless the command ends before. Throws `vm/guest-silent` where the guest takes nothing for long. */
async function feed(
  command: GuestProcess,
  input: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let isOver = false;
  command.ended.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  for await (const bytes of input) {
    if (isOver) return;
    const written = command.write(bytes);
    await endWithin({ ended: written.then(() => ({ status: 0 })) }, inputPatience, signal);
  }
  command.endInput();
}

function failed({ name }: Instance, why: string, errors: string): BootflakeError {
  const lines = visible(errors).trim().split('\n').slice(-4).join('\n');
  return new BootflakeError({ code: 'instance/switch-failed', message: `the machine '${name}' ${why}${lines === '' ? '' : `: ${lines}`}` });
}

function notSwitchable({ name }: Instance): BootflakeError {
  return new BootflakeError({
    code: 'instance/not-switchable',
    message: `the machine '${name}' runs a system that has no bin/switch-to-configuration`,
    hint: 'Leave system.switch.enable at its default, and replace the system with a new image: bootflake vm update',
  });
}

function noGeneration(instance: Instance): BootflakeError {
  return new BootflakeError({
    code: 'instance/no-generation',
    message: `the machine '${instance.name}' has no system before the present one`,
    hint:
      `There is one after: ${instance.command('switch')}. ` +
      `The system before an update is brought back by: ${instance.command('rollback')}`,
  });
}
