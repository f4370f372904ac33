# pytestCheckHook: the tests run against what was installed, with nixpkgs' attributes.
pytestCheckPhase() {
  runHook preCheck
  local flags=() words=() word expression=
  concatTo flags pytestFlags pytestFlagsArray
  for word in disabledTestPaths:--ignore-glob disabledTestMarks:--marks; do
    words=()
    concatTo words "${word%%:*}"
    case $word in
      *:--ignore-glob) for word in "${words[@]}"; do flags+=("--ignore-glob=$word"); done ;;
      *) for word in "${words[@]}"; do expression+="${expression:+ and }not ($word)"; done; if [ -n "$expression" ]; then flags+=(-m "$expression"); fi ;;
    esac
  done
  expression=
  words=()
  concatTo words disabledTests
  for word in "${words[@]}"; do expression+="${expression:+ and }not ($word)"; done
  words=()
  concatTo words enabledTests
  for word in "${words[@]}"; do expression+="${expression:+ and }($word)"; done
  if [ -n "$expression" ]; then flags+=(-k "$expression"); fi
  concatTo flags enabledTestPaths
  HOME=${HOME/#\/homeless-shelter/$NIX_BUILD_TOP} python3 -m pytest -p no:cacheprovider "${flags[@]}"
  runHook postCheck
}
if [ "${doInstallCheck-}" = 1 ] && [ "${dontUsePytestCheck-}" != 1 ] && [ -z "${installCheckPhase-}" ]; then
  appendToVar preDistPhases pytestCheckPhase
fi
