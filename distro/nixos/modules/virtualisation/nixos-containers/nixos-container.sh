# Operates the machine's containers, with NixOS's words. What they are is declared in its configuration, so none is created here.
set -u
folder=/etc/nixos-containers

usage() {
  cat << 'END'
Usage: nixos-container list
       nixos-container <start|stop|restart|terminate|status> NAME
       nixos-container run NAME -- COMMAND [ARGUMENT...]
       nixos-container <login|root-login> NAME
       nixos-container <show-ip|show-host-key> NAME
END
}
fail() {
  echo "nixos-container: $*" >&2
  exit 1
}

action=${1:-}
case $action in
  '' | help | --help | -h)
    usage
    if [ -n "$action" ]; then exit 0; fi
    exit 1
    ;;
  list)
    for file in "$folder"/*.conf; do
      if [ -e "$file" ]; then basename "$file" .conf; fi
    done
    exit 0
    ;;
  start | stop | restart | terminate | status | run | login | root-login | show-ip | show-host-key | create | update | destroy) ;;
  *) fail "'$action' is no command. $(usage)" ;;
esac

name=${2:-}
if [ -z "$name" ]; then fail "$action has no name of a container. There are: $("$0" list | paste -sd ' ')"; fi
case $action in
  create | update | destroy)
    fail "containers are declared in the machine's configuration. Change containers.\"$name\" there, and switch to it."
    ;;
esac
case $name in
  */* | .*) fail "'$name' is no name of a container" ;;
esac
file=$folder/$name.conf
if ! [ -e "$file" ]; then fail "there is no container '$name'. There are: $("$0" list | paste -sd ' ')"; fi
shift 2

setting() { sed -n "s/^$1=//p" "$file"; }
leader() {
  local id
  id=$(machinectl show --property Leader --value -- "$name" 2> /dev/null)
  if [ -z "$id" ]; then fail "the container '$name' does not run. Start it: nixos-container start $name"; fi
  echo "$id"
}
# inside PROGRAM ARGUMENT...: as root, with the environment of a login.
inside() {
  local id
  id=$(leader) || exit 1
  exec nsenter --target "$id" --mount --uts --ipc --net --pid -- /usr/bin/su root -l "$@"
}

case $action in
  start | stop | restart) exec systemctl "$action" -- "container@$name.service" ;;
  terminate) exec machinectl terminate -- "$name" ;;
  status)
    if systemctl is-active --quiet -- "container@$name.service"; then echo up; else echo down; fi
    ;;
  run)
    if [ "${1:-}" = -- ]; then shift; fi
    if [ $# = 0 ]; then fail "run has no command"; fi
    inside -c "exec $(printf '%q ' "$@")"
    ;;
  login) exec machinectl login -- "$name" ;;
  root-login) inside ;;
  show-ip)
    address=$(setting LOCAL_ADDRESS)
    address=${address:-$(setting LOCAL_ADDRESS6)}
    if [ -z "$address" ]; then fail "the configuration gives '$name' no address. Set containers.\"$name\".localAddress."; fi
    echo "${address%%/*}"
    ;;
  show-host-key)
    for key in "$(setting ROOT)"/etc/ssh/ssh_host_{ed25519,ecdsa,rsa}_key.pub; do
      if [ -e "$key" ]; then exec cat -- "$key"; fi
    done
    fail "'$name' has no host key of ssh"
    ;;
esac
