# Makes a folder of wrappers beside the one in use, which it then replaces at once: no caller finds half of them.
set -u
failed=0
new=$(mktemp -d /run/wrappers/wrappers.XXXXXXXXXX)
chmod 0755 "$new"

# wrap PROGRAM SOURCE OWNER GROUP MODE CAPABILITIES
wrap() {
  case $(head -c 2 -- "$2" | tr -d '\0') in
    '') echo "security.wrappers: $2 cannot be read, or is empty" >&2; failed=1; return ;;
    '#!') echo "security.wrappers: $2 is a script, and Linux gives scripts no rights of their own" >&2; failed=1; return ;;
  esac
  install -m 0 -o "$3" -g "$4" -- "$2" "$new/$1" && { [ -z "$6" ] || setcap "$6" "$new/$1"; } && chmod "$5" "$new/$1" || {
    echo "security.wrappers: $1 is not there" >&2
    rm -f -- "$new/$1"
    failed=1
  }
}

# link PROGRAM...
link() {
  for program; do
    path=$(PATH=/usr/bin:/usr/sbin:/usr/lib/dbus-1.0:/usr/lib/polkit-1 command -v "$program") && ln -s "$path" "$new/$program"
  done
  return 0
}

finish() {
  old=$(readlink /run/wrappers/bin || true)
  ln -sfn "$new" /run/wrappers/bin.new && mv -T /run/wrappers/bin.new /run/wrappers/bin
  [ -z "$old" ] || rm -rf -- "$old"
  exit "$failed"
}
