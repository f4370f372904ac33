# importNpmLock.npmConfigHook: the dependencies are files of the store, which a package.json and package-lock.json of their own name.
importNpmLockHook() {
  [ -n "${npmDeps-}" ] || die 'npmDeps is not set: give npmDeps = importNpmLock { npmRoot = ./.; }'
  pushd "${npmRoot:-.}" >/dev/null
  _npmEnvironment
  export npm_config_cache=$NIX_BUILD_TOP/npm-cache
  mkdir "$NIX_BUILD_TOP/npm-given"
  local file
  for file in package.json package-lock.json; do
    if [ -e "$file" ]; then mv "$file" "$NIX_BUILD_TOP/npm-given/"; fi
    cp --no-preserve=mode "$npmDeps/$file" "$file"
  done
  nixLog 'installing the dependencies of package-lock.json'
  npm_config_ignore_scripts=true _npm install npmInstallFlags npmInstallFlagsArray ||
    die 'npm install failed. Peers may not fit: npmFlags = [ "--legacy-peer-deps" ]'
  _npmRebuild
  # What names the store paths of archives is not installed.
  mv "$NIX_BUILD_TOP"/npm-given/* .
  rm -f node_modules/.package-lock.json
  popd >/dev/null
}
postConfigureHooks+=(importNpmLockHook)
