# cargoCheckHook: cargo test.
cargoCheckHook() {
  runHook preCheck
  local flags words=()
  _cargoFlags flags "${cargoCheckType:-release}" cargoCheckFeatures cargoCheckNoDefaultFeatures
  concatTo flags cargoTestFlags
  concatTo words checkFlags
  (cd "${buildAndTestSubdir:-.}" && cargo test --target-dir "$NIX_BUILD_TOP/cargo-target" "${flags[@]}" -- "${words[@]}")
  runHook postCheck
}
if [ -z "${dontCargoCheck-}" ] && [ -z "${checkPhase-}" ]; then checkPhase=cargoCheckHook; fi
