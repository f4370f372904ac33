# The build environment of packages: phases, hooks and helpers with the names and meanings of the nixpkgs manual ("The Standard
# Environment"). Programs, compilers and headers are Debian's, merged at /usr from the packages among the inputs.
set -eu -o pipefail
shopt -s inherit_errexit nullglob

if [ -e "${NIX_ATTRS_SH_FILE:-}" ]; then
  . "$NIX_ATTRS_SH_FILE"
  for _output in "${!outputs[@]}"; do export "$_output=${outputs[$_output]}"; done
  outputNames=("${!outputs[@]}")
else
  read -r -a outputNames <<<"${outputs:-out}"
fi
: "${out:=${!outputNames[0]}}"
export PATH=/usr/bin:/usr/sbin HOME="${HOME:-/homeless-shelter}" SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-315532800}"
export LC_ALL="${LC_ALL:-C.UTF-8}" TZ="${TZ:-UTC}" CONFIG_SHELL=/usr/bin/bash SHELL=/usr/bin/bash
export prefix="${prefix:-$out}"
declare -a envHooks=() fixupOutputHooks=()
declare -A seenInputs=()

# Messages

nixLog() { echo "$*" >&2; }
die() { nixLog "error: $*"; exit 1; }

# Hooks: a function or a variable's text of that name, then those in the array `NAMEHooks`.

runHook() {
  local hook=$1 one
  shift
  local array="${hook%Hook}Hooks[@]"
  if declare -F "$hook" >/dev/null; then "$hook" "$@"; elif [ -n "${!hook-}" ]; then eval "${!hook}"; fi
  for one in "${!array-}"; do [ -z "$one" ] || _callOrEval "$one" "$@"; done
}
_callOrEval() {
  local one=$1
  shift
  if declare -F "$one" >/dev/null; then "$one" "$@"; else eval "$one"; fi
}
addEnvHooks() { shift; envHooks+=("$@"); }

# Lists: a variable is an array with structured attributes, else words.

_words() { # NAME RESULT
  local -n _list=$2
  _list=()
  if [[ $(declare -p "$1" 2>/dev/null) == "declare -a"* ]]; then
    local -n _source=$1
    _list=("${_source[@]}")
  else
    local _text=${!1-}
    read -r -d '' -a _list <<<"$_text" || true
  fi
}
concatTo() { # RESULT NAME...
  # Names that no caller's array has: the result is looked up from here.
  local -n _result=$1
  shift
  local _name _found
  for _name in "$@"; do
    _words "${_name%%=*}" _found
    if [ ${#_found[@]} -eq 0 ] && [[ $_name == *=* ]]; then _found=("${_name#*=}"); fi
    _result+=("${_found[@]}")
  done
}
appendToVar() { # NAME VALUE...
  local name=$1
  shift
  if [[ $(declare -p "$name" 2>/dev/null) == "declare -a"* ]]; then local -n list=$name; list+=("$@"); else export "$name=${!name:+${!name} }$*"; fi
}
prependToVar() { # NAME VALUE...
  local name=$1
  shift
  if [[ $(declare -p "$name" 2>/dev/null) == "declare -a"* ]]; then local -n list=$name; list=("$@" "${list[@]}"); else export "$name=$*${!name:+ ${!name}}"; fi
}
addToSearchPathWithCustomDelimiter() { if [ -d "$3" ]; then export "$2=${!2:+${!2}$1}$3"; fi; }
addToSearchPath() { addToSearchPathWithCustomDelimiter : "$@"; }

# Inputs

_addInput() { # LIST PATH
  local path=$2 _name propagated
  [ -z "${seenInputs[$1:$path]:-}" ] || return 0
  seenInputs[$1:$path]=1
  if [ -f "$path" ]; then . "$path"; return; fi
  if [ -e "$path/nix-support/setup-hook" ]; then . "$path/nix-support/setup-hook"; fi
  # A package of Debian is merged at /usr.
  if [ ! -e "$path/nix-support/closure" ] || [ -e "$path/nix-support/built-here" ]; then
    addToSearchPath PATH_OF_INPUTS "$path/bin"
    addToSearchPath CPATH "$path/include"
    addToSearchPath LIBRARY_PATH "$path/lib"
    addToSearchPath LD_RUN_PATH "$path/lib"
    addToSearchPath PKG_CONFIG_PATH "$path/lib/pkgconfig"
    addToSearchPath PKG_CONFIG_PATH "$path/share/pkgconfig"
    addToSearchPath CMAKE_PREFIX_PATH "$path"
    addToSearchPath ACLOCAL_PATH "$path/share/aclocal"
    addToSearchPath XDG_DATA_DIRS "$path/share"
    for _name in "$path"/lib/python3*/{site,dist}-packages; do addToSearchPath PYTHONPATH "$_name"; done
  fi
  for _name in "${envHooks[@]}"; do _callOrEval "$_name" "$path"; done
  for propagated in propagated-build-inputs propagated-native-build-inputs; do
    if [ -e "$path/nix-support/$propagated" ]; then
      for _name in $(<"$path/nix-support/$propagated"); do _addInput "$1" "$_name"; done
    fi
  done
}
PATH_OF_INPUTS=
for list in depsBuildBuild nativeBuildInputs propagatedNativeBuildInputs buildInputs propagatedBuildInputs; do
  _words "$list" inputPaths
  for input in "${inputPaths[@]}"; do _addInput "$list" "$input"; done
done
export PATH="${PATH_OF_INPUTS:+$PATH_OF_INPUTS:}$PATH"
unset PATH_OF_INPUTS list input inputPaths

# Outputs: where the parts of a package go. A package without an output of that name has the next one.

_overrideFirst() { # VARIABLE OUTPUT...
  local variable=$1 name
  shift
  [ -z "${!variable-}" ] || return 0
  for name in "$@"; do if [ -n "${!name-}" ]; then declare -g "$variable=$name"; return; fi; done
}
: "${outputDev:=}" "${outputBin:=}" "${outputLib:=}" "${outputDoc:=}" "${outputMan:=}" "${outputInclude:=}" "${outputDevdoc:=}" "${outputInfo:=}"
_overrideFirst outputDev dev out
_overrideFirst outputBin bin out
_overrideFirst outputInclude "$outputDev"
_overrideFirst outputLib lib out
_overrideFirst outputDoc doc out
_overrideFirst outputDevdoc devdoc "$outputDoc"
_overrideFirst outputMan man "$outputBin"
_overrideFirst outputInfo info "$outputBin"
for _output in "${outputNames[@]}"; do if [ -z "${!_output-}" ]; then die "the output '$_output' has no path"; fi; done

moveToOutput() { # PATTERN OUTPUT
  local output path target
  for output in "${outputNames[@]}"; do
    [ "${!output}" != "$2" ] || continue
    for path in "${!output}"/$1; do
      [ -e "$path" ] || [ -L "$path" ] || continue
      target="$2${path#"${!output}"}"
      mkdir -p "$(dirname "$target")"
      if [ -d "$target" ]; then cp -a "$path/." "$target"; rm -r "$path"; else mv "$path" "$target"; fi
      rmdir -p --ignore-fail-on-non-empty "$(dirname "$path")" 2>/dev/null || true
    done
  done
}

# Files

stripHash() { local name=${1##*/}; if [[ $name =~ ^[0-9a-z]{32}- ]]; then name=${name:33}; fi; echo "$name"; }
# Names of its own begin with _, so that it sees those of the package.
substitute() { # IN OUT --replace-fail A B ...
  local _input=$1 _output=$2 _text _pattern _value
  shift 2
  [ -f "$_input" ] || die "substitute: there is no file '$_input'"
  IFS= read -r -d '' _text <"$_input" || true
  while [ $# -gt 0 ]; do
    case $1 in
      --replace | --replace-warn | --replace-fail | --replace-quiet)
        _pattern=$2 _value=$3
        if [[ $_text != *"$_pattern"* ]]; then
          case $1 in
            --replace-fail) die "substitute: '$_pattern' does not occur in '$_input'" ;;
            --replace-quiet) ;;
            *) nixLog "warning: substitute: '$_pattern' does not occur in '$_input'" ;;
          esac
        fi
        _text=${_text//"$_pattern"/"$_value"}
        shift 3
        ;;
      --subst-var | --subst-var-by)
        _pattern=@$2@ _value=${!2-}
        if [ "$1" = --subst-var-by ]; then _value=$3; shift; fi
        _text=${_text//"$_pattern"/"$_value"}
        shift 2
        ;;
      *) die "substitute: the argument '$1' is unknown" ;;
    esac
  done
  # A copy of a file of the store is read-only.
  if [ -e "$_output" ]; then chmod +w -- "$_output"; fi
  printf %s "$_text" >"$_output"
}
substituteInPlace() {
  local files=()
  while [ $# -gt 0 ] && [[ $1 != --* ]]; do files+=("$1"); shift; done
  local file
  for file in "${files[@]}"; do substitute "$file" "$file" "$@"; done
}
substituteAll() {
  local _arguments=() _variable
  for _variable in $(compgen -e | grep -x '[a-z][a-zA-Z0-9_]*'); do _arguments+=(--subst-var "$_variable"); done
  substitute "$1" "$2" "${_arguments[@]}"
}
substituteAllInPlace() { substituteAll "$1" "$1"; }

# Phases

_defaultUnpack() { # FILE
  if [ -d "$1" ]; then
    cp -r --preserve=mode,timestamps --reflink=auto -- "$1" "$(stripHash "$1")"
    return
  fi
  case $1 in
    *.zip) unzip -qq "$1" ;;
    *.tar | *.tar.* | *.tgz | *.tbz2 | *.txz) tar --no-same-owner -xf "$1" ;;
    *) return 1 ;;
  esac
}
unpackFile() {
  local hook
  nixLog "unpacking source archive $1"
  for hook in "${unpackCmdHooks[@]-}"; do if [ -n "$hook" ] && curSrc=$1 _callOrEval "$hook" "$1"; then return; fi; done
  if [ -n "${unpackCmd:-}" ]; then curSrc=$1 eval "$unpackCmd"; return; fi
  _defaultUnpack "$1" || die "the source '$1' is of an unknown kind: set unpackCmd or unpackPhase"
}
unpackPhase() {
  runHook preUnpack
  local sourceList=() one before after
  concatTo sourceList srcs
  if [ ${#sourceList[@]} -eq 0 ]; then concatTo sourceList src; fi
  [ ${#sourceList[@]} -gt 0 ] || die 'neither src nor srcs says what to build: set one, or dontUnpack = true'
  before=$(ls -A)
  for one in "${sourceList[@]}"; do unpackFile "$one"; done
  if [ -n "${setSourceRoot:-}" ]; then _callOrEval "$setSourceRoot"; fi
  if [ -z "${sourceRoot:-}" ]; then
    for one in *; do
      if [ ! -d "$one" ] || grep -qxF -- "$one" <<<"$before"; then continue; fi
      [ -z "${sourceRoot:-}" ] || die 'the sources have several folders: set sourceRoot'
      sourceRoot=$one
    done
  fi
  [ -n "${sourceRoot:-}" ] || die 'the sources have no folder: set sourceRoot'
  nixLog "source root is $sourceRoot"
  if [ "${dontMakeSourcesWritable:-0}" != 1 ]; then chmod -R u+w -- "$sourceRoot"; fi
  runHook postUnpack
}
patchPhase() {
  runHook prePatch
  local patchList=() flags=() one
  concatTo patchList patches
  concatTo flags patchFlags=-p1
  for one in "${patchList[@]}"; do
    nixLog "applying patch $one"
    case $one in
      *.gz) gzip -dc "$one" ;;
      *.bz2) bzip2 -dc "$one" ;;
      *.xz) xz -dc "$one" ;;
      *) cat "$one" ;;
    esac | patch "${flags[@]}"
  done
  runHook postPatch
}
configurePhase() {
  runHook preConfigure
  : "${configureScript=}"
  if [ -z "$configureScript" ] && [ -x ./configure ]; then configureScript=./configure; fi
  if [ -n "$configureScript" ]; then
    local flags=()
    if [ "${dontAddPrefix:-}" != 1 ]; then flags+=("${prefixKey:---prefix=}$prefix"); fi
    if [ ${#outputNames[@]} -gt 1 ] && [ "${setOutputFlags:-1}" != 0 ]; then
      flags+=("--bindir=${!outputBin}/bin" "--sbindir=${!outputBin}/sbin" "--includedir=${!outputInclude}/include" "--libdir=${!outputLib}/lib"
        "--libexecdir=${!outputLib}/libexec" "--mandir=${!outputMan}/share/man" "--infodir=${!outputInfo}/share/info"
        "--docdir=${!outputDoc}/share/doc/${pname:-$name}")
    fi
    if [ "${dontAddDisableDepTrack:-}" != 1 ] && grep -q dependency-tracking "$configureScript"; then flags+=(--disable-dependency-tracking); fi
    if [ "${dontDisableStatic:-}" != 1 ] && grep -q enable-static "$configureScript"; then flags+=(--disable-static); fi
    concatTo flags configureFlags configureFlagsArray
    nixLog "configure flags: ${flags[*]}"
    $configureScript "${flags[@]}"
  else
    nixLog 'no configure script, doing nothing'
  fi
  runHook postConfigure
}
_makeFlags() { # RESULT NAME...
  local -n found=$1
  shift
  found=(SHELL=/usr/bin/bash)
  concatTo found makeFlags makeFlagsArray "$@"
  if [ "${enableParallelBuilding:-}" = 1 ]; then found+=("-j${NIX_BUILD_CORES:-1}"); fi
  if [ -n "${makefile:-}" ]; then found+=(-f "$makefile"); fi
}
_hasMakefile() { [ -n "${makefile:-}" ] || [ -e Makefile ] || [ -e makefile ] || [ -e GNUmakefile ]; }
buildPhase() {
  runHook preBuild
  if [ -z "${makeFlags-}" ] && ! _hasMakefile; then
    nixLog 'no Makefile, doing nothing'
  else
    local flags
    _makeFlags flags buildFlags buildFlagsArray
    nixLog "build flags: ${flags[*]}"
    make "${flags[@]}"
  fi
  runHook postBuild
}
checkPhase() {
  runHook preCheck
  if _hasMakefile; then
    local flags target=${checkTarget:-}
    if [ -z "$target" ]; then
      for target in check test ''; do if [ -z "$target" ] || make -n "$target" >/dev/null 2>&1; then break; fi; done
    fi
    if [ -n "$target" ]; then
      _makeFlags flags checkFlags checkFlagsArray
      make "${flags[@]}" $target
    else nixLog 'no check or test target, doing nothing'; fi
  else
    nixLog 'no Makefile, doing nothing'
  fi
  runHook postCheck
}
installPhase() {
  runHook preInstall
  if _hasMakefile; then
    local flags targets=()
    if [ -n "$prefix" ]; then mkdir -p "$prefix"; fi
    concatTo targets installTargets=install
    _makeFlags flags installFlags installFlagsArray
    make "${flags[@]}" "${targets[@]}"
  else
    nixLog 'no Makefile, doing nothing'
  fi
  runHook postInstall
}
fixupPhase() {
  local output
  for output in "${outputNames[@]}"; do if [ -e "${!output}" ]; then chmod -R u+w,u-s,g-s -- "${!output}"; fi; done
  runHook preFixup
  _moveParts
  for output in "${outputNames[@]}"; do if [ -d "${!output}" ]; then _fixOutput "${!output}"; fi; done
  _writeSupport
  runHook postFixup
}
installCheckPhase() {
  runHook preInstallCheck
  if _hasMakefile && { [ -n "${installCheckTarget:-}" ] || make -n installcheck >/dev/null 2>&1; }; then
    local flags
    _makeFlags flags installCheckFlags installCheckFlagsArray
    make "${flags[@]}" "${installCheckTarget:-installcheck}"
  else
    nixLog 'no installcheck target, doing nothing'
  fi
  runHook postInstallCheck
}
distPhase() {
  runHook preDist
  make "${distTarget:-dist}"
  runHook postDist
}
_moveParts() {
  [ ${#outputNames[@]} -gt 1 ] || return 0
  moveToOutput include "${!outputInclude}"
  moveToOutput 'lib/pkgconfig' "${!outputDev}"
  moveToOutput 'share/pkgconfig' "${!outputDev}"
  moveToOutput 'lib/cmake' "${!outputDev}"
  moveToOutput 'lib/*.la' "${!outputDev}"
  moveToOutput share/man "${!outputMan}"
  moveToOutput share/info "${!outputInfo}"
  moveToOutput share/doc "${!outputDoc}"
}
_fixOutput() { # FOLDER
  local file
  if [ -d "$1/man" ]; then mkdir -p "$1/share"; mv "$1/man" "$1/share/man"; fi
  if [ -d "$1/sbin" ] && [ ! -L "$1/sbin" ] && [ "${dontMoveSbin:-}" != 1 ]; then
    mkdir -p "$1/bin"
    mv "$1"/sbin/* "$1/bin"
    rmdir "$1/sbin"
    ln -s bin "$1/sbin"
  fi
  if [ "${dontPatchShebangs:-}" != 1 ]; then patchShebangs "$1"; fi
  if [ "${dontStrip:-}" != 1 ] && type -p strip >/dev/null; then
    while IFS= read -r -d '' file; do
      if _isElf "$file"; then strip --strip-unneeded "$file" 2>/dev/null || true; fi
    done < <(find "$1" -type f \( -perm -0100 -o -name '*.so*' -o -name '*.a' \) -print0)
  fi
  if [ "${dontGzipMan:-}" != 1 ] && [ -d "$1/share/man" ]; then
    find "$1/share/man" -type f ! -name '*.gz' ! -name '*.bz2' ! -name '*.xz' -exec gzip -n -f {} +
  fi
  for file in "${fixupOutputHooks[@]}"; do prefix=$1 _callOrEval "$file"; done
  if [ "${dontCheckLibraries:-}" != 1 ]; then _checkLibraries "$1"; fi
}
_isElf() { local magic; IFS= read -r -n 4 magic <"$1" 2>/dev/null || true; [ "$magic" = $'\x7fELF' ]; }
# An interpreter by name (#!/usr/bin/env NAME) becomes a path if it is another package built here; Debian's stay below /usr.
patchShebangs() {
  local path file line command found
  for path in "$@"; do
    case $path in --build | --host | --update) continue ;; esac
    while IFS= read -r -d '' file; do
      IFS= read -r line <"$file" 2>/dev/null || true
      [[ ${line-} =~ ^#!\ */usr/bin/env\ +([^\ -][^\ ]*)(.*)$ ]] || continue
      command=${BASH_REMATCH[1]} rest=${BASH_REMATCH[2]}
      found=$(PATH="$out/bin:$PATH" type -P "$command") || continue
      [[ $found == /nix/store/* ]] || continue
      sed -i "1s|.*|#!$found$rest|" "$file"
    done < <(find "$path" -type f -perm -0100 -print0)
  done
}
# Each library that a program needs must be in the runtime packages, or the program could not start in a machine.
_checkLibraries() { # FOLDER
  type -p readelf >/dev/null || return 0
  local file needed deb folder ok debs=() dynamic libraries=${LIBRARY_PATH-}
  _words debianRuntime debs
  while IFS= read -r -d '' file; do
    _isElf "$file" || continue
    usesDebian=1
    dynamic=$(readelf -d -- "$file" 2>/dev/null || true)
    for needed in $(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic"); do
      ok=
      for folder in "$1/lib" "${!outputLib}/lib" ${libraries//:/ } $(sed -n 's/.*(R\(UN\)\?PATH).*\[\(.*\)\]/\2/p' <<<"$dynamic" | tr : ' '); do
        if [ -e "$folder/$needed" ]; then ok=1; break; fi
      done
      if [ -z "$ok" ]; then
        for deb in "${debs[@]}"; do
          for folder in "$deb"/usr/lib/*-linux-gnu "$deb/usr/lib" "$deb/usr/lib64" "$deb"/lib/*-linux-gnu "$deb/lib64"; do
            if [ -e "$folder/$needed" ] || [ -L "$folder/$needed" ]; then ok=1; break 2; fi
          done
        done
      fi
      [ -n "$ok" ] || die "$file needs the library $needed, which no package of buildInputs has: add the package that has it there" \
        "(a package of nativeBuildInputs is not in the machine)"
    done
  done < <(find "$1" -type f \( -perm -0100 -o -name '*.so*' \) -print0)
}
# What the outputs need at run time has no store path in them: /usr is Debian's. So its packages are named in a file.
_writeSupport() {
  local output propagated
  if [ "${dontWriteClosure:-}" != 1 ]; then
    for output in "${outputNames[@]}"; do
      if [ ! -d "${!output}" ]; then continue; fi
      if [ -n "${usesDebian:-}" ] || grep -rqIE --max-count=1 '^#! */(usr/)?bin/|/usr/bin/' "${!output}/bin" "${!output}/libexec" 2>/dev/null; then
        mkdir -p "${!output}/nix-support"
        local debs=()
        _words debianRuntime debs
        printf '%s\n' "${debs[@]}" >"${!output}/nix-support/closure"
        : >"${!output}/nix-support/built-here"
      fi
    done
  fi
  for propagated in propagatedBuildInputs:propagated-build-inputs propagatedNativeBuildInputs:propagated-native-build-inputs; do
    local paths=()
    _words "${propagated%%:*}" paths
    if [ ${#paths[@]} -gt 0 ]; then
      mkdir -p "${!outputDev}/nix-support"
      echo "${paths[*]}" >"${!outputDev}/nix-support/${propagated##*:}"
    fi
  done
  if [ -n "${setupHook:-}" ]; then mkdir -p "${!outputDev}/nix-support"; substituteAll "$setupHook" "${!outputDev}/nix-support/setup-hook"; fi
}

runPhase() {
  local phase=$1 started=$SECONDS
  case $phase in
    unpackPhase) [ "${dontUnpack:-}" != 1 ] || return 0 ;;
    patchPhase) [ "${dontPatch:-}" != 1 ] || return 0 ;;
    configurePhase) [ "${dontConfigure:-}" != 1 ] || return 0 ;;
    buildPhase) [ "${dontBuild:-}" != 1 ] || return 0 ;;
    checkPhase) [ "${doCheck:-}" = 1 ] || return 0 ;;
    installPhase) [ "${dontInstall:-}" != 1 ] || return 0 ;;
    fixupPhase) [ "${dontFixup:-}" != 1 ] || return 0 ;;
    installCheckPhase) [ "${doInstallCheck:-}" = 1 ] || return 0 ;;
    distPhase) [ "${doDist:-}" = 1 ] || return 0 ;;
  esac
  nixLog "Running phase: $phase"
  if [ -n "${!phase-}" ]; then eval "${!phase}"; else "$phase"; fi
  if [ "$phase" = unpackPhase ] && [ -n "${sourceRoot:-}" ]; then cd -- "$sourceRoot"; fi
  if [ $((SECONDS - started)) -gt 30 ]; then nixLog "$phase completed in $((SECONDS - started)) seconds"; fi
}
genericBuild() {
  cd "$NIX_BUILD_TOP"
  if [ -n "${buildCommandPath:-}" ]; then . "$buildCommandPath"; return; fi
  if [ -n "${buildCommand:-}" ]; then eval "$buildCommand"; return; fi
  local list=() phase
  if [ -n "${phases-}" ]; then _words phases list
  else
    concatTo list prePhases
    list+=(unpackPhase patchPhase)
    concatTo list preConfigurePhases
    list+=(configurePhase)
    concatTo list preBuildPhases
    list+=(buildPhase checkPhase)
    concatTo list preInstallPhases
    list+=(installPhase)
    concatTo list preFixupPhases
    list+=(fixupPhase installCheckPhase)
    concatTo list preDistPhases
    list+=(distPhase)
    concatTo list postPhases
  fi
  for phase in "${list[@]}"; do runPhase "$phase"; done
}
# As in nixpkgs, what packages and users write may use variables that are not set.
set +u
