# Programs in Python find the modules of their own package, and of those that were built here and that it needs; Debian's are below /usr.

_pythonPackages() { # PATH...: sets pythonFolders, programFolders
  local path
  for path in "$@"; do
    [[ -z ${pythonSeen[$path]-} ]] || continue
    pythonSeen[$path]=1
    # A package of Debian is merged at /usr.
    if [ -e "$path/nix-support/closure" ] && [ ! -e "$path/nix-support/built-here" ]; then continue; fi
    if [ -d "$path/$pythonSitePackages" ]; then pythonFolders+=("$path/$pythonSitePackages"); fi
    if [ -d "$path/bin" ]; then programFolders+=("$path/bin"); fi
    if [ -e "$path/nix-support/propagated-build-inputs" ]; then _pythonPackages $(<"$path/nix-support/propagated-build-inputs"); fi
  done
}
wrapPythonProgramsIn() { # FOLDER PATHS
  local -A pythonSeen=()
  local pythonFolders=() programFolders=() file line arguments=() wrapperArguments=()
  _pythonPackages $2
  [ -d "$1" ] || return 0
  concatTo wrapperArguments makeWrapperArgs
  # As in nixpkgs, a string is words of the shell.
  if [[ $(declare -p makeWrapperArgs 2>/dev/null) != "declare -a"* ]]; then eval "wrapperArguments=(${makeWrapperArgs-})"; fi
  for file in "${programFolders[@]}"; do if [ "$file" != "$out/bin" ]; then arguments+=(--prefix PATH : "$file"); fi; done
  while IFS= read -r -d '' file; do
    IFS= read -r line <"$file" 2>/dev/null || true
    [[ ${line-} =~ ^#!.*python ]] || continue
    python3 "$pythonTools" patch-program "$file" "${pythonFolders[@]}"
    if [ $((${#arguments[@]} + ${#wrapperArguments[@]})) -gt 0 ]; then wrapProgram "$file" "${arguments[@]}" "${wrapperArguments[@]}"; fi
  done < <(find "$1" -type f -perm -0100 ! -name '.*-wrapped' -print0)
}
wrapPythonPrograms() {
  local paths=()
  _words propagatedBuildInputs paths
  wrapPythonProgramsIn "$out/bin" "$out ${paths[*]}"
}
# The interpreter and its modules in one folder.
linkPython() { # PYTHON MODULES...
  local -A pythonSeen=()
  local pythonFolders=() programFolders=() file
  _pythonPackages "${@:2}"
  mkdir -p "$out/bin"
  for file in /usr/bin/python3 /usr/bin/python3.[0-9]*; do
    [[ $file =~ python3(\.[0-9]+)?$ ]] || continue
    makeWrapper "$file" "$out/bin/${file##*/}" --prefix PYTHONPATH : "$(IFS=:; echo "${pythonFolders[*]}")" --set PYTHONNOUSERSITE true
  done
  ln -s python3 "$out/bin/python"
  for file in "${programFolders[@]}"; do
    for file in "$file"/*; do if [ ! -e "$out/bin/${file##*/}" ]; then ln -s "$file" "$out/bin/"; fi; done
  done
  fixupPhase
}
