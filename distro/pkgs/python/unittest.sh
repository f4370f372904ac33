# unittestCheckHook, as in nixpkgs.
unittestCheckPhase() {
  runHook preCheck
  local flags=()
  concatTo flags unittestFlags unittestFlagsArray
  python3 -m unittest discover "${flags[@]}"
  runHook postCheck
}
if [ "${doInstallCheck-}" = 1 ] && [ "${dontUseUnittestCheck-}" != 1 ] && [ -z "${installCheckPhase-}" ]; then
  appendToVar preDistPhases unittestCheckPhase
fi
