# npmBuildHook: npm run.
npmBuildHook() {
  runHook preBuild
  [ -n "${npmBuildScript-}" ] || die 'npmBuildScript is empty: set it, or buildPhase, or dontNpmBuild = true'
  local flags=()
  if [ -n "${npmWorkspace-}" ]; then flags+=("--workspace=$npmWorkspace"); fi
  concatTo flags npmFlags npmFlagsArray npmBuildFlags npmBuildFlagsArray
  npm run "$npmBuildScript" "${flags[@]}" ||
    die "npm run $npmBuildScript failed. If package.json has no such script, set npmBuildScript, or dontNpmBuild = true"
  runHook postBuild
}
if [ -z "${dontNpmBuild-}" ] && [ -z "${buildPhase-}" ]; then buildPhase=npmBuildHook; fi
