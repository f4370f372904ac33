/**
 * The script by which a host brings a machine to another system, and back to the one before if that is not well in time. It is plain sh and
 * needs neither the link to the command that wants it nor, once it has begun, the boot of the host at which it was started.
 *
 * Its folder has what it needs, prepared before it begins:
 *
 *     FILE.next, machine.json.decided   the replacement (replacement.ts), which begins with a rename
 *     start.sh.next                     the script that runs the new system
 *     back/machine.json, back/start.sh  the machine as it is now, with the new system as the one before
 *     back/state.qcow2                  the data as they are now: a disk over the snapshot of them
 *     health.log                        what the guest says of itself: distro/nixos/modules/virtualisation/guest-health.sh
 *     watch.token                       which replacement was prepared last
 *     watching                          the phase, `stop`, `forward` or `back`, while it lasts
 *     watch.result                      how it ended: `well`, `back: why`, `unwell: why` (the way back failed), `cancelled`
 */
import { shellQuote, singleQuoted } from '../base/shell-quote.ts';
import { instanceFiles as files, processFunctions } from './launch-script.ts';
import { manifestName } from './manifest.ts';

export interface WatchPlan {
  /** Distinguishes this replacement from others. */
  token: string;
  /** Seconds that the guest may take to shut down, and the new system to be well. */
  stopSeconds: number;
  wellSeconds: number;
  /** Whether the new system tells how it is; otherwise its console has to show a login. */
  reports: boolean;
  /** An address that has to reply to the host, by curl. */
  url?: string | undefined;
  /** The name under which the data of the new system are kept when it is taken back; undefined without a data disk. */
  stateSnapshot?: string | undefined;
}

export function watchScript({ token, stopSeconds, wellSeconds, reports, url, stateSnapshot }: WatchPlan): string {
  return `#!/bin/sh
# Replaces the machine's system, and takes that back if it is not well in time. Written by bootflake; with 'resume', after a
# boot of the host.
cd "$(dirname "$0")" || exit 1
umask 077
exec 9>>lock
flock 9
${processFunctions}
seconds() {
  read -r up _ < /proc/uptime
  echo "\${up%%.*}"
}
finish() {
  printf '%s\\n' "$*" > ${files.watchResult}.new
  rm -rf back ${files.watching}
  mv ${files.watchResult}.new ${files.watchResult}
  exit 0
}
# $1: seconds for the guest to shut itself down.
stop() {
  end=$(($(seconds) + $1))
  asked=0
  while runs ${files.running} && [ "$(seconds)" -lt "$end" ]; do
    # A guest that is booting does not see it.
    if [ -p ${files.monitorInput} ] && [ $((asked % 25)) -eq 0 ]; then echo system_powerdown 1<> ${files.monitorInput}; fi
    asked=$((asked + 1))
    sleep 0.2
  done
  if runs ${files.running}; then kill -KILL "\${token%%-*}" 2>/dev/null; fi
  # Its script notes how it ended.
  tries=0
  while [ -e ${files.running} ] && [ $tries -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
}
start() {
  rm -f ${files.status}
  wc -c < ${files.console} > console.begun 2>/dev/null
  setsid /bin/sh ${files.script} </dev/null >/dev/null 2>&1 9>&- &
}
# Returns whether the new system is well; else why not, in $why.
is_well() {
  end=$(($(seconds) + ${wellSeconds}))
  why='it did not say that it is well within ${wellSeconds} s'
  while [ "$(seconds)" -lt "$end" ]; do
    sleep 0.5
    if ! runs ${files.running}; then
      # It has not begun.
      if ! [ -e ${files.status} ]; then continue; fi
      why="it ended: $(tail -n 1 ${files.messages} | tr -d '\\000-\\037\\177' | cut -c 1-200)"
      return 1
    fi
${reports ? reportLines : consoleLines}${url === undefined ? '' : urlLines(url)}    return 0
  done
  return 1
}
go_back() {
  if [ -e back/${manifestName} ]; then
    echo back > ${files.watching}
    stop 0
    rm -f ./*.next
    ln -f ${files.previousSystem} ${files.system}.next &&
    ln -f ${files.system} ${files.previousSystem}.next || return 1
${stateSnapshot === undefined ? '' : stateLines(stateSnapshot)}    mv back/start.sh ${files.script} &&
    mv back/${manifestName} ${manifestName}.next || return 1
    sync
  fi
  if ! runs ${files.running}; then start; fi
}

phase=forward
if [ "$1" = resume ]; then
  read -r phase < ${files.watching} || exit 0
  # Nothing was decided: the machine is what it was.
  if [ "$phase" = stop ]; then finish cancelled; fi
else
  # Somebody else may have had the lock in between, and has another plan.
  [ "$(cat ${files.watchToken} 2>/dev/null)" = ${singleQuoted(token)} ] || exit 0
  [ -e ${manifestName}.decided ] || finish cancelled
  echo stop > ${files.watching}
  stop ${stopSeconds}
  echo forward > ${files.watching}
  mv ${files.script}.next ${files.script} &&
  mv ${manifestName}.decided ${manifestName}.next || finish cancelled
  sync
  start
fi
if [ $phase = forward ]; then
  if is_well; then finish well; fi
else
  why='the host was started again meanwhile'
fi
go_back || finish "unwell: $why; the way back failed"
finish "back: $why"
`;
}

const reportLines = `    line=$(tail -n 1 ${files.health} 2>/dev/null | tr -d '\\000-\\037\\177' | cut -c 1-300)
    case $line in
      well) ;;
      failed*) why=\${line#failed: }; return 1 ;;
      waiting*) why=\${line#waiting: }; continue ;;
      *) continue ;;
    esac
`;

const consoleLines = `    if ! tail -c "+$(($(cat console.begun) + 1))" ${files.console} | grep -q 'login:'; then continue; fi
`;

const urlLines = (
  url: string,
): string => `    if ! ${shellQuote(['curl', '-fsS', '-o', '/dev/null', '-m', '5', '--', url])} 2>curl.log; then
      why="$(tail -n 1 curl.log | tr -d '\\000-\\037\\177' | cut -c 1-200)"
      continue
    fi
    rm -f curl.log
`;

const stateLines = (snapshot: string): string => `    if [ -e back/${files.state} ]; then
      ln -f ${files.state} ${snapshot} && mv back/${files.state} ${files.state}.next || return 1
    fi
`;
