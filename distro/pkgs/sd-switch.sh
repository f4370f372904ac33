# Changes the running units of a user's manager (or of the system's, with --system) from those of one folder to those of another, as
# sd-switch does, which Home Manager calls. What a unit wants when it has changed is in its section [Unit], X-SwitchMethod=: reload, restart,
# stop-start (the default) or keep-old; or X-ReloadIfChanged=, X-RestartIfChanged=, X-StopIfChanged=, as in NixOS's units.

# Units are in the order of the bytes of their names everywhere.
export LC_ALL=C
usage="Usage: sd-switch [--dry-run] [--verbose] [--user|--system] [--timeout MILLISECONDS] [--old-units FOLDER] --new-units FOLDER"
scope=--user dry_run= verbose= timeout=30000 old= new=
while (($# > 0)); do
  case $1 in
    -n | --dry-run) dry_run=1 ;;
    -v | --verbose) verbose=1 ;;
    -q | --quiet) verbose= ;;
    --user | --system) scope=$1 ;;
    --timeout | --old-units | --new-units)
      if (($# < 2)); then echo "sd-switch: $1 has no value. $usage" >&2; exit 2; fi
      case $1 in --timeout) timeout=$2 ;; --old-units) old=$2 ;; --new-units) new=$2 ;; esac
      shift
      ;;
    --timeout=*) timeout=${1#*=} ;;
    --old-units=*) old=${1#*=} ;;
    --new-units=*) new=${1#*=} ;;
    *) echo "sd-switch: unknown argument '$1'. $usage" >&2; exit 2 ;;
  esac
  shift
done
if [[ -z $new || ! -d $new ]]; then echo "sd-switch: there is no folder of new units '$new'. $usage" >&2; exit 2; fi
if [[ ! $timeout =~ ^[0-9]{1,9}$ ]]; then echo "sd-switch: --timeout is '$timeout', and has to be milliseconds" >&2; exit 2; fi

failed=0
# told WORD UNIT...: says and, unless --dry-run is given, does it.
told() {
  local word=$1
  shift
  if (($# == 0)); then return 0; fi
  echo "${word^}${dry_run:+ (not done)}: $*"
  if [[ -n $dry_run ]]; then return 0; fi
  timeout "$((timeout / 1000)).$(printf %03d $((timeout % 1000)))" systemctl "$scope" "$word" -- "$@" || failed=1
}

# unit_files FOLDER: the names of the units in it.
unit_files() {
  local file
  for file in "$1"/*.*; do
    # A link to /dev/null masks a unit.
    if [[ -f $file || ( -L $file && $(readlink -- "$file") == /dev/null ) ]]; then echo "${file##*/}"; fi
  done
}

# settings FOLDER UNIT: what the folder says of a unit, drop-ins too.
settings() {
  local file
  for file in "$1/$2" "$1/$2.d"/*.conf; do
    if [[ -f $file ]]; then cat -- "$file"; fi
  done
}

# active NAME: the units of this name that are active; for a template, its instances.
active() {
  local pattern=$1
  if [[ $1 == *@.* ]]; then pattern=${1%%@*}@*.${1##*.}; fi
  systemctl "$scope" list-units --plain --no-legend --full --state=active,activating,reloading -- "$pattern" | cut -d ' ' -f 1
}

# switch_method FOLDER UNIT
switch_method() {
  local line key value method=
  while IFS= read -r line; do
    if [[ ! $line =~ ^(X-[A-Za-z]+)\ *=\ *([A-Za-z0-9-]*)\ *$ ]]; then continue; fi
    key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
    case $key=$value in
      X-SwitchMethod=*) echo "$value"; return ;;
      X-RestartIfChanged=false | X-RestartIfChanged=no | X-RestartIfChanged=0) method=keep-old ;;
      X-ReloadIfChanged=true | X-ReloadIfChanged=yes | X-ReloadIfChanged=1) method=${method:-reload} ;;
      X-StopIfChanged=false | X-StopIfChanged=no | X-StopIfChanged=0) method=${method:-restart} ;;
    esac
  done < <(settings "$1" "$2")
  echo "${method:-stop-start}"
}

# may UNIT Start|Stop: whether systemd lets it be started or stopped by hand.
may() { [[ $(systemctl "$scope" show --property "RefuseManual$2" --value -- "$1") != yes ]]; }

stop=() reload=() restart=() start=()
declare -A changed listed
# The names come from a file of one line each.
while IFS= read -r name; do
  if [[ -n $old && ( -e $old/$name || -L $old/$name ) ]]; then
    if [[ $(settings "$old" "$name") == "$(settings "$new" "$name")" ]]; then continue; fi
    changed[$name]=1
    if [[ $name == *.target ]]; then continue; fi
    method=$(switch_method "$new" "$name")
    for unit in $(active "$name"); do
      case $method in
        keep-old) echo "Left as it is: $unit" ;;
        reload) reload+=("$unit") ;;
        restart) if may "$unit" Stop; then restart+=("$unit"); fi ;;
        *) if may "$unit" Stop; then stop+=("$unit") start+=("$unit") listed[$unit]=1; fi ;;
      esac
    done
  else
    changed[$name]=1
  fi
done < <(unit_files "$new")

if [[ -n $old && -d $old ]]; then
  while IFS= read -r name; do
    if [[ -e $new/$name || -L $new/$name || $name == *.target ]]; then continue; fi
    for unit in $(active "$name"); do
      if may "$unit" Stop; then stop+=("$unit"); fi
    done
  done < <(unit_files "$old")
fi

# What active units want, and is new or has changed.
for link in "$new"/*.wants/* "$new"/*.requires/*; do
  if [[ ! -L $link && ! -e $link ]]; then continue; fi
  unit=${link##*/} by=${link%/*}
  by=${by##*/}
  by=${by%.*}
  file=$unit
  if [[ ! -e $new/$file && $unit == *@* ]]; then file=${unit%%@*}@.${unit##*.}; fi
  is_new=
  if [[ -n ${changed[$file]:-} || -z $old || ! -L $old/${link#"$new"/} ]]; then is_new=1; fi
  if [[ -z $is_new || -n ${listed[$unit]:-} || -n $(active "$unit") || -z $(active "$by") ]]; then continue; fi
  listed[$unit]=1
  start+=("$unit")
done

if [[ -n $verbose ]]; then echo "Units that are new or have changed: ${!changed[*]}"; fi
told stop "${stop[@]}"
if [[ -z $dry_run ]]; then systemctl "$scope" daemon-reload; fi
told reload "${reload[@]}"
told restart "${restart[@]}"
allowed=()
for unit in "${start[@]}"; do
  if may "$unit" Start; then allowed+=("$unit"); fi
done
told start "${allowed[@]}"
exit "$failed"
