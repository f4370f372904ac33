# What nixpkgs' cmake adds to a build: the configure phase is cmake's, in a folder of its own.
cmakeConfigurePhase() {
  runHook preConfigure
  local flags=()
  if [ "${dontUseCmakeBuildDir:-}" != 1 ]; then mkdir -p build && cd build; fi
  flags+=("-DCMAKE_INSTALL_PREFIX=$prefix" "-DCMAKE_BUILD_TYPE=${cmakeBuildType:-Release}" "-DBUILD_TESTING=${doCheck:+ON}" -DCMAKE_SKIP_BUILD_RPATH=ON)
  flags+=("-DCMAKE_INSTALL_BINDIR=${!outputBin}/bin" "-DCMAKE_INSTALL_LIBDIR=${!outputLib}/lib" "-DCMAKE_INSTALL_INCLUDEDIR=${!outputInclude}/include")
  flags+=("-DCMAKE_INSTALL_MANDIR=${!outputMan}/share/man" "-DCMAKE_INSTALL_RPATH=$(tr : ';' <<<"$out/lib:${LD_RUN_PATH:-}")")
  concatTo flags cmakeFlags cmakeFlagsArray
  nixLog "cmake flags: ${flags[*]}"
  cmake "${cmakeDir:-$([ "${dontUseCmakeBuildDir:-}" = 1 ] && echo . || echo ..)}" "${flags[@]}"
  : "${enableParallelBuilding=1}"
  runHook postConfigure
}
if [ -z "${dontUseCmakeConfigure:-}" ] && [ -z "${configurePhase:-}" ]; then configurePhase=cmakeConfigurePhase; fi
