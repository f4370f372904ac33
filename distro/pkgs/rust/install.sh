# cargoInstallHook: the programs and libraries that cargo built. Tests and examples are in folders below.
cargoInstallHook() {
  runHook preInstall
  local folder="$NIX_BUILD_TOP/cargo-target/${cargoBuildType:-release}" file
  while IFS= read -r -d '' file; do install -D -m 0755 "$file" "${!outputBin}/bin/${file##*/}"; done < <(
    find "$folder" -maxdepth 1 -type f -perm -0100 ! -name '*.so' ! -name '*.so.*' -print0
  )
  while IFS= read -r -d '' file; do install -D -m 0644 "$file" "${!outputLib}/lib/${file##*/}"; done < <(
    find "$folder" -maxdepth 1 -type f \( -name '*.so' -o -name '*.so.*' -o -name '*.a' \) -print0
  )
  mkdir -p "$out"
  runHook postInstall
}
if [ -z "${dontCargoInstall-}" ] && [ -z "${installPhase-}" ]; then installPhase=cargoInstallHook; fi
