/**
 * The script that runs one machine: plain sh, so that it needs no bootflake while the machine runs, and can be started by anything (a
 * terminal, systemd, cron). It starts qemu, bounds the console's log, and notes how qemu ended.
 */
import { shellQuote } from '../base/shell-quote.ts';
import { manifestName } from './manifest.ts';

/** Names of files in a machine's folder. */
export const instanceFiles = {
  script: 'start.sh',
  /** Identifies the running qemu; removed when it has ended. */
  running: 'running',
  /** qemu's last exit status. */
  status: 'status',
  /** The messages of qemu's last run. */
  messages: 'qemu.log',
  control: 'qmp.sock',
  console: 'serial.log',
  olderConsole: 'serial.log.1',
  pipes: 'console',
  consoleInput: 'console.in',
  system: 'system.qcow2',
  /** The system disk before the last update. */
  previousSystem: 'previous-system.qcow2',
  /** The disk of what lasts when the system is replaced. */
  state: 'state.qcow2',
  /** Keeps the image in the store. */
  image: 'image',
  /** The key with which `vm ssh` logs in, the host keys that it expects, and the port that it found. */
  sshKey: 'ssh-key',
  knownHosts: 'known_hosts',
  sshPort: 'ssh-port',
  variables: 'uefi-variables.fd',
  /** qemu's monitor: a FIFO that it reads. */
  monitor: 'monitor',
  monitorInput: 'monitor.in',
  /** What the guest says of its health. */
  health: 'health.log',
  /** Of a replacement that the host does by itself: watch-script.ts. */
  watch: 'watch.sh',
  watching: 'watching',
  watchToken: 'watch.token',
  watchResult: 'watch.result',
} as const;

/** A disk that was empty at first. */
export function emptyDisk(index: number): string {
  return `empty${index}.raw`;
}

export function shellSocket(index: number): string {
  return `shell-${index}.sock`;
}

/** Bytes of the console's log; as many again are kept of what was before. */
const largestLog = 4 << 20;
/** Bytes of what the guest says of its health. */
const largestHealth = 65_536;
/** Seconds between looks at its size, and at what runs beside qemu. */
export const companionInterval = 10;

export interface LaunchScript {
  name: string;
  command: readonly string[];
  environment: Record<string, string | undefined>;
  /** Programs that listen on their sockets before qemu starts. Defaults to none. */
  companions?: readonly LaunchedCompanion[];
  /** SIGTERM presses the power button, by qemu's monitor; otherwise it ends qemu. Defaults to false. */
  hasMonitor?: boolean;
}

export interface LaunchedCompanion {
  name: string;
  command: readonly string[];
  socket: string;
  folder?: string;
  /** Whether it is started again when it ends before qemu does, which connects to it again. Defaults to false. */
  restarts?: boolean;
}

/** The file that identifies a running companion, by its place among them. */
export function companionFile(index: number): string {
  return `beside-${index}`;
}

/** What follows the identity of a process that is started again. */
export const startedAgain = ' again';

/** Times that a companion is started again: one that ends at once must not fill the folder with its messages. */
const mostRestarts = 100;

/** Waits for at most 10 seconds; qemu does not say of each what it lacks. */
function companionLines({ name, command, socket, folder, restarts }: LaunchedCompanion, index: number): string {
  const wait = `while ! [ -S ${shellQuote([socket])} ] && [ $tries -lt 200 ] && kill -0 $! 2>/dev/null; do`;
  return `${folder === undefined ? '' : `${shellQuote(['mkdir', '-p', folder])}\n`}start_${index}() {
  ${shellQuote(['rm', '-f', socket])}
  ${shellQuote(command)} </dev/null >/dev/null 2>>${instanceFiles.messages} &
  echo "$(identity $!)${restarts ? startedAgain : ''}" > ${companionFile(index)}
}
start_${index}
tries=0
${wait}
  sleep 0.05
  tries=$((tries + 1))
done
if ! [ -S ${shellQuote([socket])} ]; then
  ${shellQuote(['echo', `${name} could not be started`])} >> ${instanceFiles.messages}
  end_companions
  exit 1
fi
`;
}

/** In the loop that looks after the log. */
function restartLines({ restarts }: LaunchedCompanion, index: number): string {
  if (!restarts) return '';
  return `    if ! runs ${companionFile(index)} && [ $restarts -lt ${mostRestarts} ]; then
      restarts=$((restarts + 1))
      start_${index}
    fi
`;
}

/** What it is asked is printed nowhere. And a host that boots goes on with what it was doing. */
const monitorLines = `if ! [ -p ${instanceFiles.monitorInput} ]; then
  rm -f ${instanceFiles.monitorInput}
  mkfifo ${instanceFiles.monitorInput} || exit 1
fi
ln -sf /dev/null ${instanceFiles.monitor}.out
: > ${instanceFiles.health}
if [ -e ${instanceFiles.watching} ] && [ -e ${instanceFiles.watch} ]; then
  setsid /bin/sh ${instanceFiles.watch} resume </dev/null >/dev/null 2>&1 &
fi
`;

/** A function of sh: who a process is, as `identityToken` has it. */
export const identityFunction = `# Process number, start time, boot and pid namespace: process numbers are used again.
identity() {
  start= boot= space=
  if [ -r "/proc/$1/stat" ]; then
    read -r facts < "/proc/$1/stat"
    set -- "$1" \${facts##*)}
    start=\${21}
    read -r boot < /proc/sys/kernel/random/boot_id
    boot=$(echo "$boot" | tr -d -)
    space=$(readlink /proc/self/ns/pid | tr -dc 0-9)
  fi
  echo "$1-$start-$boot-$space"
}
`;

/** The same, and whether the process that a file identifies runs. */
export const processFunctions = `${identityFunction}# The process that a file identifies.
runs() {
  [ -r "$1" ] && read -r token rest < "$1" || return 1
  kill -0 "\${token%%-*}" 2>/dev/null && [ "$(identity "\${token%%-*}")" = "$token" ]
}
`;

export function launchScript({ name, command, environment, companions = [], hasMonitor = false }: LaunchScript): string {
  const files = instanceFiles;
  const companionFiles = 'beside-*';
  const variable = (key: string, value: string) => `export ${shellQuote([`${key}=${value}`])}`;
  const variables = Object.entries(environment).map(([key, value]) => (value === undefined ? `unset ${key}` : variable(key, value)));
  return `#!/bin/sh
# Runs the machine ${name} until it ends. Written by bootflake at each start: changes are lost.
cd "$(dirname "$0")" || exit 1
umask 077
# Once is enough: a second qemu could not open the disks, but would take the place of the first in the files here.
if [ -r ${files.running} ] && [ -r /proc/sys/kernel/random/boot_id ]; then
  IFS=- read -r pid begun boot _ < ${files.running}
  if [ "$boot" = "$(tr -d - < /proc/sys/kernel/random/boot_id)" ] && [ -r "/proc/$pid/stat" ]; then
    read -r facts < "/proc/$pid/stat"
    set -- \${facts##*)}
    shift 19
    if [ "$1" = "$begun" ]; then
      echo 'the machine ${name} is running' >&2
      exit 1
    fi
  fi
fi
# A replacement of disks that was decided, and interrupted: see replacement.ts.
if [ -e ${manifestName}.next ]; then
  for next in *.qcow2.next; do
    if [ -e "$next" ]; then mv "$next" "\${next%.next}" || exit 1; fi
  done
  mv ${manifestName}.next ${manifestName} || exit 1
fi
${variables.map((line) => `${line}\n`).join('')}if ! [ -p ${files.consoleInput} ]; then
  rm -f ${files.consoleInput}
  mkfifo ${files.consoleInput} || exit 1
fi
ln -sf /dev/null ${files.pipes}.out
rm -f ${files.status} ${companionFiles}
${hasMonitor ? monitorLines : ''}: > ${files.messages}

${processFunctions}end_companions() {
  for file in ${companionFiles}; do
    if runs "$file"; then kill "\${token%%-*}" 2>/dev/null; fi
  done
  rm -f ${companionFiles}
}
${companions.map(companionLines).join('')}${shellQuote(command)} </dev/null >/dev/null 2>>${files.messages} &
qemu=$!
trap '${hasMonitor ? `echo system_powerdown 1<> ${files.monitorInput}` : 'kill -TERM $qemu 2>/dev/null'}' TERM INT HUP

identity $qemu > ${files.running}.new && mv ${files.running}.new ${files.running}

# A guest may print for ever. qemu appends, so that the file can be cut under it.
(
  restarts=0
  while sleep ${companionInterval}; do
    kill -0 $qemu 2>/dev/null || exit
${companions.map(restartLines).join('')}    if [ -e ${files.health} ] && [ "$(wc -c < ${files.health})" -gt ${largestHealth} ]; then
      : > ${files.health}
    fi
    if [ "$(wc -c < ${files.console})" -gt ${largestLog} ]; then
      tail -c ${largestLog} ${files.console} > ${files.olderConsole}
      : > ${files.console}
    fi
  done
) &
watcher=$!
wait $qemu
status=$?
# A signal that is passed on interrupts the wait.
while kill -0 $qemu 2>/dev/null; do wait $qemu; status=$?; done
kill $watcher 2>/dev/null
end_companions
echo $status > ${files.status}
# The last: nothing is written here afterwards.
rm -f ${files.running}
exit $status
`;
}
