# makeWrapper PROGRAM FILE OPTIONS, wrapProgram PROGRAM OPTIONS: scripts that set variables and start a program, as in nixpkgs.

_wrapperLines() {
  local name value separator file arguments=() start='' original=$1
  shift
  local argv0='"$0"'
  while [ $# -gt 0 ]; do
    case $1 in
      --set) printf 'export %s=%q\n' "$2" "$3"; shift 3 ;;
      --set-default) printf 'export %s=${%s-%q}\n' "$2" "$2" "$3"; shift 3 ;;
      --unset) printf 'unset %s\n' "$2"; shift 2 ;;
      --run) printf '%s\n' "$2"; shift 2 ;;
      --chdir) printf 'cd %q\n' "$2"; shift 2 ;;
      --prefix) printf 'export %s=%q${%s:+%q}${%s-}\n' "$2" "$4" "$2" "$3" "$2"; shift 4 ;;
      --suffix) printf 'export %s=${%s-}${%s:+%q}%q\n' "$2" "$2" "$2" "$3" "$4"; shift 4 ;;
      --prefix-each) for value in $4; do printf 'export %s=%q${%s:+%q}${%s-}\n' "$2" "$value" "$2" "$3" "$2"; done; shift 4 ;;
      --suffix-each) for value in $4; do printf 'export %s=${%s-}${%s:+%q}%q\n' "$2" "$2" "$2" "$3" "$value"; done; shift 4 ;;
      --add-flag) arguments+=("$(printf %q "$2")"); shift 2 ;;
      --add-flags | --prefix-flags) start+=" $2"; shift 2 ;;
      --append-flag) append+=("$(printf %q "$2")"); shift 2 ;;
      --append-flags) end+=" $2"; shift 2 ;;
      --argv0) argv0=$(printf %q "$2"); shift 2 ;;
      --inherit-argv0) argv0='"$0"'; shift ;;
      --resolve-argv0) argv0='"$(command -v -- "$0")"'; shift ;;
      *) die "makeWrapper: the option '$1' is unknown" ;;
    esac
  done
  printf 'exec -a %s %q%s%s "$@"%s%s\n' "$argv0" "$original" "$start" "${arguments[*]:+ ${arguments[*]}}" "${append[*]:+ ${append[*]}}" "$end"
}
makeWrapper() {
  local original=$1 wrapper=$2 append=() end=''
  shift 2
  [ -x "$original" ] || die "makeWrapper: '$original' is not a program"
  mkdir -p "$(dirname "$wrapper")"
  { echo '#!/usr/bin/bash'; _wrapperLines "$original" "$@"; } >"$wrapper"
  chmod +x "$wrapper"
}
makeShellWrapper() { makeWrapper "$@"; }
makeBinaryWrapper() { makeWrapper "$@"; }
wrapProgram() {
  local program=$1 hidden
  shift
  hidden="$(dirname "$program")/.$(basename "$program")-wrapped"
  while [ -e "$hidden" ]; do hidden="${hidden}_"; done
  mv "$program" "$hidden"
  makeWrapper "$hidden" "$program" "$@"
}
wrapProgramShell() { wrapProgram "$@"; }
