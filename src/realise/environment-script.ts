/**
 * The builder of an environment's derivation: sets the environment of the build up as `stdenv` does, and writes all of it as JSON to the
 * first output: variables with their kinds, functions, and the files of structured attributes. `@{` stands for a dollar and a brace.
 */
export const environmentScript = String.raw`set -e
if [ -e "@{NIX_ATTRS_SH_FILE-}" ]; then . "$NIX_ATTRS_SH_FILE"; fi
export IN_NIX_SHELL=impure dontAddDisableDepTrack=1
if [ -n "@{stdenv-}" ]; then . "$stdenv/setup"; fi

__devText() { # TEXT: as a string of JSON
  local LC_ALL=C text=$1 back='\' quote='"' plain= char at
  text=@{text//"$back"/"$back$back"}
  text=@{text//"$quote"/"$back$quote"}
  text=@{text//$'\n'/"@{back}n"}
  text=@{text//$'\r'/"@{back}r"}
  text=@{text//$'\t'/"@{back}t"}
  if [[ $text == *[$'\x01'-$'\x1f']* ]]; then
    for ((at = 0; at < @{#text}; at++)); do
      char=@{text:at:1}
      if [[ $char == [$'\x01'-$'\x1f'] ]]; then printf -v char '%su%04x' "$back" "'$char"; fi
      plain+=$char
    done
    text=$plain
  fi
  printf '"%s"' "$text"
}

__devFunctions() {
  local __devName __devBody __devMark=
  while read -r _ _ __devName; do
    [[ $__devName != __dev* ]] || continue
    __devBody=$(declare -f "$__devName")
    __devBody=@{__devBody#*\{}
    printf '%s\n    ' "$__devMark"
    __devText "$__devName"
    printf ': '
    __devText "@{__devBody%\}*}"
    __devMark=,
  done < <(declare -F)
}

__devVariables() {
  local __devLetter __devName __devKind __devKey __devComma __devMark=
  local -a __devNames=()
  for __devLetter in {a..z} {A..Z} _; do eval "__devNames+=(\"\@{!$__devLetter@}\")"; done
  for __devName in "@{__devNames[@]}"; do
    case $__devName in
      __dev* | BASH_* | COMP_* | _ | BASHPID | DIRSTACK | EUID | FUNCNAME | HISTCMD | HOSTNAME | GROUPS | OPTIND | \
        PIPESTATUS | PWD | RANDOM | SRANDOM | SHLVL | SECONDS | EPOCHREALTIME | EPOCHSECONDS) continue ;;
    esac
    __devKind=$(declare -p "$__devName" 2>/dev/null) || continue
    __devKind=@{__devKind#declare -}
    __devKind=@{__devKind%% *}
    case $__devKind in *[rn]*) continue ;; esac
    printf '%s\n    ' "$__devMark"
    __devText "$__devName"
    __devMark=,
    __devComma=
    case $__devKind in
      *A*)
        printf ': {"type": "associative", "value": {'
        local -n __devArray=$__devName
        for __devKey in "@{!__devArray[@]}"; do
          printf '%s' "$__devComma"
          __devText "$__devKey"
          printf ': '
          __devText "@{__devArray[$__devKey]}"
          __devComma=', '
        done
        unset -n __devArray
        printf '}}'
        ;;
      *a*)
        printf ': {"type": "array", "value": ['
        local -n __devArray=$__devName
        for __devKey in "@{__devArray[@]}"; do
          printf '%s' "$__devComma"
          __devText "$__devKey"
          __devComma=', '
        done
        unset -n __devArray
        printf ']}'
        ;;
      *)
        printf ': {"type": "%s", "value": ' "$([[ $__devKind == *x* ]] && echo exported || echo var)"
        __devText "@{!__devName-}"
        printf '}'
        ;;
    esac
  done
}

__devEnvironment() {
  printf '{\n  "bashFunctions": {'
  __devFunctions
  printf '\n  },\n  "variables": {'
  __devVariables
  printf '\n  }'
  if [ -e "@{NIX_ATTRS_SH_FILE-}" ]; then
    printf ',\n  "structuredAttrs": {\n    ".attrs.sh": '
    __devText "$(<"$NIX_ATTRS_SH_FILE")"
    printf ',\n    ".attrs.json": '
    __devText "$(<"$NIX_ATTRS_JSON_FILE")"
    printf '\n  }'
  fi
  printf '\n}\n'
}

if [[ $(declare -p outputs 2>/dev/null) == 'declare -A'* ]]; then
  __devPaths=("@{outputs[@]}")
else
  __devPaths=()
  for __devOutput in @{outputs-out}; do __devPaths+=("@{!__devOutput}"); done
fi
for __devPath in "@{__devPaths[@]}"; do : > "$__devPath"; done
__devEnvironment > "@{__devPaths[0]}"
`.replaceAll('@{', '${');
