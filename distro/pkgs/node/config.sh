# npmConfigHook: the dependencies of package-lock.json, from the cache that fetchNpmDeps made.
npmConfigHook() {
  [ -n "${npmDeps-}" ] || die 'npmDeps is not set: give npmDepsHash, or npmDeps = fetchNpmDeps { ... }'
  pushd "${npmRoot:-.}" >/dev/null
  local lockFile=package-lock.json
  if [ -e npm-shrinkwrap.json ]; then lockFile=npm-shrinkwrap.json; fi
  [ -e "$lockFile" ] || die "there is no package-lock.json in $PWD: npm install --package-lock-only makes one, and postPatch can copy it here"
  if ! diff -u "$npmDeps/package-lock.json" "$lockFile" >&2; then
    die "npmDepsHash is out of date: it belongs to another $lockFile. Set npmDepsHash = lib.fakeHash, build, and take the hash from the error"
  fi
  _npmEnvironment
  export npm_config_cache=$npmDeps
  if [ -n "${makeCacheWritable-}" ]; then
    cp -r "$npmDeps" "$NIX_BUILD_TOP/npm-cache"
    chmod -R u+w "$NIX_BUILD_TOP/npm-cache"
    npm_config_cache=$NIX_BUILD_TOP/npm-cache
  fi
  node "$npmTools" fix-lockfile "$lockFile" "$npmDeps"
  nixLog "installing the dependencies of $lockFile"
  npm_config_ignore_scripts=true _npm ci npmInstallFlags npmInstallFlagsArray ||
    die 'npm ci failed. Its cache may have to be written: makeCacheWritable = true. Peers may not fit: npmFlags = [ "--legacy-peer-deps" ]'
  _npmRebuild
  popd >/dev/null
}
postPatchHooks+=(npmConfigHook)
