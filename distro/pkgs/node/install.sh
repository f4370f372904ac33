# npmInstallHook: the files that npm would publish, the dependencies, and a program for each `bin`.
npmInstallHook() {
  runHook preInstall
  local place=${npmWorkspace:-.} flags=() workspace=() name file target
  if [ -n "${npmWorkspace-}" ]; then workspace=("--workspace=$npmWorkspace"); fi
  name=$(node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8")).name ?? ""' "$place/package.json")
  [ -n "$name" ] || die "$place/package.json has no name"
  local package="$out/lib/node_modules/$name"
  mkdir -p "$package"
  # It writes to its cache.
  export npm_config_cache=$NIX_BUILD_TOP/npm-pack-cache
  concatTo flags npmPackFlags npmPackFlagsArray npmFlags npmFlagsArray
  npm pack --json --dry-run "${workspace[@]}" "${flags[@]}" >"$NIX_BUILD_TOP/npm-pack.json"
  # A script of `prepack` may write before the list.
  node "$npmInstallTool" files "$NIX_BUILD_TOP/npm-pack.json" >"$NIX_BUILD_TOP/npm-files"
  while IFS= read -r -d '' file; do
    mkdir -p "$(dirname "$package/$file")"
    cp "$place/$file" "$package/$file"
  done <"$NIX_BUILD_TOP/npm-files"
  node "$npmInstallTool" programs "$place/package.json" >"$NIX_BUILD_TOP/npm-programs"
  while IFS= read -r -d '' file && IFS= read -r -d '' target; do
    makeWrapper "$npmHostNode" "$out/bin/$file" --add-flags "$package/$target"
  done <"$NIX_BUILD_TOP/npm-programs"
  node "$npmInstallTool" manuals "$place/package.json" >"$NIX_BUILD_TOP/npm-manuals"
  while IFS= read -r -d '' file; do installManPage "$package/$file"; done <"$NIX_BUILD_TOP/npm-manuals"
  if [ ! -d "$package/node_modules" ] && [ -d node_modules ]; then
    if [ -z "${dontNpmPrune-}" ]; then
      flags=()
      concatTo flags npmPruneFlags npmPruneFlagsArray npmFlags npmFlagsArray
      npm prune --omit=dev --no-save "${workspace[@]}" "${flags[@]}"
    fi
    find node_modules -maxdepth 1 -type d -empty -delete
    if [ -d node_modules ]; then cp -r node_modules "$package/node_modules"; fi
  fi
  usesDebian=1
  runHook postInstall
}
if [ -z "${dontNpmInstall-}" ] && [ -z "${installPhase-}" ]; then installPhase=npmInstallHook; fi
