# What nixpkgs' meson and ninja add to a build.
mesonConfigurePhase() {
  runHook preConfigure
  local flags=("--prefix=$prefix" "--buildtype=${mesonBuildType:-plain}" --wrap-mode=nodownload "--libdir=${!outputLib}/lib" "--bindir=${!outputBin}/bin")
  flags+=("--includedir=${!outputInclude}/include" "--mandir=${!outputMan}/share/man")
  concatTo flags mesonFlags mesonFlagsArray
  nixLog "meson flags: ${flags[*]}"
  meson setup build "${flags[@]}"
  cd build
  runHook postConfigure
}
_ninjaPhase() { # PRE POST ARGUMENT...
  runHook "$1"
  local hook=$2
  shift 2
  ninja "-j${NIX_BUILD_CORES:-1}" "$@"
  runHook "$hook"
}
if [ -z "${dontUseMesonConfigure:-}" ] && [ -z "${configurePhase:-}" ]; then
  configurePhase=mesonConfigurePhase
  : "${buildPhase:=_ninjaPhase preBuild postBuild}" "${checkPhase:=_ninjaPhase preCheck postCheck test}"
  : "${installPhase:=_ninjaPhase preInstall postInstall install}"
fi
