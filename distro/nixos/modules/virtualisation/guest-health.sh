# Tells the machine's host how the machine is, a line at a time: `well`; `waiting: why`; `failed: why`, which is the last word.
# $1: a program that has to succeed.
port=/dev/virtio-ports/bootflake.health
said=

say() {
  if [ "$said" != "$*" ]; then
    said=$*
    printf '%s\n' "$*" > "$port"
  fi
}

seconds() {
  read -r up _ < /proc/uptime
  echo "${up%%.*}"
}

# Jobs of the boot are over, however they ended.
systemctl is-system-running --wait > /dev/null 2>&1
end=$(($(seconds) + ${TIMEOUT:-60}))
while :; do
  why=
  state=$(systemctl is-system-running 2> /dev/null)
  if [ "$state" != running ]; then
    why="$state: $(systemctl --failed --plain --no-legend 2> /dev/null | while read -r unit _; do printf '%s ' "$unit"; done)"
  fi
  # What the configuration says, and who deploys.
  for check in "$1" /run/credentials/@system/bootflake.check; do
    if [ -z "$why" ] && [ -n "$check" ] && [ -e "$check" ]; then
      output=$(sh -c 'if [ -x "$0" ]; then exec "$0"; else exec sh "$0"; fi' "$check" 2>&1 < /dev/null) || why="the check: $(printf '%s' "$output" | tail -n 1 | tr -d '\000-\037\177' | cut -c 1-200)"
    fi
  done
  if [ -z "$why" ]; then
    say well
    exit 0
  fi
  if [ "$(seconds)" -ge "$end" ]; then
    say "failed: $why"
    exit 0
  fi
  say "waiting: $why"
  sleep 2
done
