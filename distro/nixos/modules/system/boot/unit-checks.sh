# Has systemd read the units in $units as the manager of $scope (system or user) does, and fails if a unit among them is wrong.
# $unitsOfNixpkgs: those in which a setting without effect is no fault.
# $others: packages whose programs are in the machine's /usr, too.

# has NAME: whether there is such a unit; one with an instance is its template's.
has() {
  local name=$1 folder
  if [[ $name == *@* ]]; then name=${name%%@*}@.${name##*.}; fi
  for folder in "$units" /usr/lib/systemd/$scope $(printf "%s/lib/systemd/$scope " $others); do
    if [ -e "$folder/$1" ] || [ -h "$folder/$1" ] || [ -e "$folder/$name" ]; then return 0; fi
  done
  return 1
}
# similar NAME: the units whose names have the most in common with its beginning, the shortest first.
similar() {
  local found="" length=${#1}
  cd /usr/lib/systemd/$scope
  while [ -z "$found" ] && ((length > 3)); do
    found=$(
      compgen -G "${1:0:length}*.${1##*.}" |
        while IFS= read -r unit; do echo "${#unit} $unit"; done | sort -n | head -n 3 | cut -d ' ' -f 2 | paste -sd , | sed 's/,/, /g'
    )
    length=$((length - 1))
  done
  if [ -n "$found" ]; then echo " Similar names: $found."; fi
}

prefix=
if [ "$scope" = user ]; then prefix=user.; fi

names=()
for file in "$units"/*; do
  name=${file##*/}
  if [ -h "$file" ]; then continue; fi
  if [ -f "$file" ]; then
    names+=("$name")
  # Settings for a unit that the machine has not are common in modules for all machines.
  elif [ -e "$file/overrides.conf" ] && [ -e "/usr/lib/systemd/$scope/${name%.d}" ]; then
    names+=("${name%.d}")
  fi
done

mkdir -p "$root/etc/systemd/$scope"
prepare_root() { mount --bind "$units" "$root/etc/systemd/$scope"; }
export units
# The manager of a user wants a home and a directory for its sockets.
HOME=/tmp XDG_RUNTIME_DIR=/run in_root /usr/bin/systemd-analyze "--$scope" verify --man=no "${names[@]}" > report 2>&1 || true
if ! [ -e began ]; then
  echo "not checked: builders may not make namespaces here"
  : > "$out"
  exit 0
fi

declare -A ours wrong ofNixpkgs
for name in "${names[@]}"; do ours[$name]=1; done
for name in $unitsOfNixpkgs; do ofNixpkgs[$name]=1; done

# fault UNIT LINE
fault() {
  echo "$2"
  wrong[$1]=1
}
exists() {
  local package
  for package in $others; do
    if [ -e "$package/${1#/usr/}" ]; then return 0; fi
  done
  [ -e "$1" ]
}
for link in "$units"/*.wants/* "$units"/*.requires/*; do
  name=${link##*/} by=${link%/*}
  by=${by##*/}
  if ! [ -h "$link" ] || [ -n "${wrong[$name]:-}" ]; then continue; fi
  if [[ $name == *@.* ]]; then
    fault "$name" "$name: ${by%.*} cannot start a template without an instance: name one, as in ${name%@.*}@one.${name##*.}"
  elif [[ $name =~ \.(service|socket|timer|path)$ && $name != systemd-*@* ]] && ! has "$name"; then
    if [ -e "$units/$name.d/overrides.conf" ]; then
      fault "$name" "$name: it has neither serviceConfig.ExecStart nor a script, and no package has a unit of its name.$(similar "$name")"
      sed -n "/^\[/!s/^/$name: it sets /p" "$units/$name.d/overrides.conf"
    else
      fault "$name" "$name: ${by%.*} wants it, and there is no such unit.$(similar "$name")"
    fi
  fi
done
while IFS= read -r line; do
  # FILE:LINE: what systemd ignores in a unit.
  if [[ $line =~ ^/etc/systemd/$scope/([^:]+):([0-9]+):\ (.*)$ ]]; then
    file=${BASH_REMATCH[1]} number=${BASH_REMATCH[2]}
    # What works, although there are better ways.
    fault=${BASH_REMATCH[3]}
    if [[ $fault =~ (deprecated|obsolete|legacy|not\ safe|unsafe|is\ not\ supported|[Ss]upport\ for) ]]; then
      echo "$line"
      continue
    fi
    name=${file%%.d/*}
    if [ -n "${ofNixpkgs[$name]:-}" ]; then
      echo "$line"
      continue
    fi
    fault "$name" "$name: line $number is $(sed -n "${number}p" "$units/$file"): $fault"
    continue
  fi
  name=${line%%: *} message=${line#*: }
  [[ -n ${ours[$name]:-} ]] || continue
  case $message in
    Command\ *\ is\ not\ executable:*)
      path=${message#Command }
      path=${path%% is not executable:*}
      case $path in
        /usr/local/*) ;;
        /usr/* | /bin/* | /sbin/* | /nix/store/*) exists "$path" || fault "$name" "$line" ;;
      esac
      ;;
    *" not found.")
      # Units of these kinds are made at boot, of /etc/fstab and /etc/crypttab.
      [[ $message =~ \.(mount|automount|swap|device)\ not\ found|systemd-[a-z-]+@ ]] || fault "$name" "$line"
      ;;
    *"ordering cycle"* | "Found dependency on"* | *"to break ordering cycle"* | *Refusing.) fault "$name" "$line" ;;
  esac
done < report

if ((${#wrong[@]} > 0)); then
  for name in "${!wrong[@]}"; do echo "systemd.$prefix${name##*.}s.\"${name%.*}\""; done | sort > options
  echo "This comes from $(paste -sd , options | sed 's/,/, /g'), or from modules that set them."
  exit 1
fi
