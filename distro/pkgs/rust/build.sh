# cargoBuildHook: cargo build.
_cargoFlags() { # RESULT TYPE FEATURES NO_DEFAULT_FEATURES
  local -n _cargo=$1
  local _features=()
  _cargo=(--offline --locked -j "${NIX_BUILD_CORES:-1}")
  case $2 in debug) ;; release) _cargo+=(--release) ;; *) _cargo+=(--profile "$2") ;; esac
  if [ -n "${!4-}" ]; then _cargo+=(--no-default-features); fi
  concatTo _features "$3"
  if [ ${#_features[@]} -gt 0 ]; then _cargo+=("--features=$(IFS=,; echo "${_features[*]}")"); fi
}
cargoBuildHook() {
  runHook preBuild
  local flags
  _cargoFlags flags "${cargoBuildType:-release}" cargoBuildFeatures cargoBuildNoDefaultFeatures
  concatTo flags cargoBuildFlags
  (cd "${buildAndTestSubdir:-.}" && cargo build --target-dir "$NIX_BUILD_TOP/cargo-target" "${flags[@]}")
  runHook postBuild
}
if [ -z "${dontCargoBuild-}" ] && [ -z "${buildPhase-}" ]; then buildPhase=cargoBuildHook; fi
