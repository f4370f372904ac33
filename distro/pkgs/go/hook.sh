# The phases of buildGoModule, with the attributes of nixpkgs'.
export GO111MODULE=on GOTOOLCHAIN=local GOTELEMETRY=off GOCACHE=$NIX_BUILD_TOP/go-cache GOPATH=$NIX_BUILD_TOP/go
if [ "$HOME" = /homeless-shelter ]; then export HOME=$NIX_BUILD_TOP; fi

# The dependencies, with a network.
goFetchPhase() {
  runHook preBuild
  if [ -n "${deleteVendor-}" ]; then
    [ -d vendor ] || die "there is no folder vendor, which deleteVendor = true is to delete"
    rm -rf vendor
  fi
  [ ! -d vendor ] || die "the source has its dependencies in the folder vendor: set vendorHash = null, or deleteVendor = true"
  if [ -n "${proxyVendor-}" ]; then
    mkdir -p "$GOPATH/pkg/mod/cache/download"
    go mod download
  else
    go mod vendor
  fi
  mkdir -p vendor
  runHook postBuild
}
goTakePhase() {
  runHook preInstall
  if [ -n "${proxyVendor-}" ]; then
    rm -rf "$GOPATH/pkg/mod/cache/download/sumdb"
    cp -r "$GOPATH/pkg/mod/cache/download" "$out"
  else
    cp -r vendor "$out"
  fi
  [ -n "$(ls -A "$out")" ] || die "the module has no dependencies: set vendorHash = null"
  runHook postInstall
}

goConfigurePhase() {
  runHook preConfigure
  cd -- "$modRoot"
  if [ -z "${goFetches-}" ]; then
    export GOPROXY=off GOSUMDB=off
    if [ -n "${goModules-}" ] && [ -n "${proxyVendor-}" ]; then export GOPROXY=file://$goModules
    elif [ -n "${goModules-}" ]; then
      rm -rf vendor
      cp -r "$goModules" vendor
      chmod -R u+w vendor
    fi
  fi
  runHook postConfigure
}
_goFolders() { # RESULT test|''
  local -n _folders=$1
  _folders=()
  local packages=() excluded=() folder
  concatTo packages subPackages
  if [ ${#packages[@]} -gt 0 ]; then
    for folder in "${packages[@]}"; do _folders+=("./${folder#./}"); done
    return
  fi
  concatTo excluded excludedPackages
  while IFS= read -r folder; do
    case $folder/ in */vendor/* | */_* | */examples/* | */Godeps/* | */testdata/*) continue ;; esac
    local one skip=
    for one in "${excluded[@]}"; do if [[ $folder == *"$one"* ]]; then skip=1; fi; done
    if [ -z "$skip" ]; then _folders+=("$folder"); fi
  done < <(find . -type f -name "*$2.go" -printf '%h\n' | LC_ALL=C sort -u)
}
_go() { # COMMAND FOLDER FLAGS...
  local command=$1 folder=$2 flags=() words=() output
  shift 2
  concatTo words tags
  if [ ${#words[@]} -gt 0 ]; then flags+=("-tags=$(IFS=,; echo "${words[*]}")"); fi
  words=()
  concatTo words ldflags
  if [ ${#words[@]} -gt 0 ]; then flags+=("-ldflags=${words[*]}"); fi
  if output=$(go "$command" "${flags[@]}" -p "${NIX_BUILD_CORES:-1}" "$@" "$folder" 2>&1); then
    if [ -n "$output" ]; then nixLog "$output"; fi
    return
  fi
  nixLog "$output"
  # Folders of files for other systems, or of tests alone.
  grep -qE '(no( buildable| non-test)?|build constraints exclude all) Go (source )?files' <<<"$output"
}
goBuildPhase() {
  runHook preBuild
  local folders folder
  _goFolders folders ''
  for folder in "${folders[@]}"; do
    nixLog "building $folder"
    _go install "$folder" || die "go install $folder failed"
  done
  runHook postBuild
}
goCheckPhase() {
  runHook preCheck
  # Tests may look for files beside their source.
  export GOFLAGS=${GOFLAGS//-trimpath/}
  local folders folder flags=()
  concatTo flags checkFlags
  _goFolders folders _test
  for folder in "${folders[@]}"; do _go test "$folder" -vet=off "${flags[@]}" || die "the tests in $folder failed"; done
  runHook postCheck
}
goInstallPhase() {
  runHook preInstall
  mkdir -p "$out"
  if [ -d "$GOPATH/bin" ]; then cp -r "$GOPATH/bin" "$out"; fi
  runHook postInstall
}

: "${configurePhase=goConfigurePhase}"
if [ -n "${goFetches-}" ]; then
  : "${buildPhase=goFetchPhase}" "${installPhase=goTakePhase}"
else
  : "${buildPhase=goBuildPhase}" "${checkPhase=goCheckPhase}" "${installPhase=goInstallPhase}"
fi
