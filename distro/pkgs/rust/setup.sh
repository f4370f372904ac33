# cargoSetupHook: cargo takes the dependencies from cargoDeps, or from the folder cargoVendorDir of the source, and no network.
export CARGO_HOME=$NIX_BUILD_TOP/cargo-home CARGO_NET_OFFLINE=true CARGO_TERM_COLOR=never
mkdir -p "$CARGO_HOME"
cargoSetupHook() {
  local vendor lock="${cargoRoot:+$cargoRoot/}Cargo.lock"
  [ -e "$lock" ] || die "there is no $lock in $PWD: cargo generate-lockfile makes one, and postPatch can copy it here"
  if [ -n "${cargoVendorDir-}" ]; then
    vendor=$PWD/${cargoRoot:+$cargoRoot/}$cargoVendorDir
    [ -d "$vendor" ] || die "there is no folder $vendor, which cargoVendorDir names"
    printf '[source.crates-io]\nreplace-with = "vendored-sources"\n\n[source.vendored-sources]\ndirectory = "@vendor@"\n' >"$CARGO_HOME/config.toml"
  else
    if ! diff -u "$cargoDeps/Cargo.lock" "$lock" >&2; then
      die "cargoHash (or cargoLock) is out of date: it belongs to another Cargo.lock. Set cargoHash = lib.fakeHash, build, and take the hash from the error"
    fi
    # Programs may have paths of their sources in them: those are not to be of the store.
    vendor=$NIX_BUILD_TOP/cargo-vendor
    cp -r "$cargoDeps" "$vendor"
    chmod -R u+w "$vendor"
    cp "$vendor/.cargo/config.toml" "$CARGO_HOME/config.toml"
  fi
  substituteInPlace "$CARGO_HOME/config.toml" --replace-fail @vendor@ "$vendor"
}
postPatchHooks+=(cargoSetupHook)
