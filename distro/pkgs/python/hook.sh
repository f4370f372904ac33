# The phases of buildPythonPackage, with the names of nixpkgs' hooks: a wheel is built, its dependencies are compared with the packages
# that will be in the machine, it is installed in Debian's layout, and its modules are imported.
export DEB_PYTHON_INSTALL_LAYOUT=deb PYTHONHASHSEED=0 PIP_NO_INDEX=1 PIP_DISABLE_PIP_VERSION_CHECK=1
usesDebian=1

# What will be in the machine: the modules of the runtime packages, and those of packages built here.
_pythonRuntime() { # RESULT
  local -n runtimeFolders=$1
  local debs=() deb
  _words debianRuntime debs
  IFS=: read -r -a runtimeFolders <<<"${PYTHONPATH-}"
  for deb in "${debs[@]}"; do if [ -d "$deb/usr/lib/python3/dist-packages" ]; then runtimeFolders+=("$deb/usr/lib/python3/dist-packages"); fi; done
}

wheelUnpackPhase() {
  runHook preUnpack
  mkdir -p source/dist
  cp -- "$src" "source/dist/$(stripHash "$src")"
  sourceRoot=source
  runHook postUnpack
}
pypaBuildPhase() {
  runHook preBuild
  local flags=()
  concatTo flags pypaBuildFlags
  if [ -n "${version-}" ]; then export SETUPTOOLS_SCM_PRETEND_VERSION="${SETUPTOOLS_SCM_PRETEND_VERSION-$version}"; fi
  python3 -m build --no-isolation --wheel --outdir dist "${flags[@]}" . ||
    die "the wheel of ${pname:-$name} was not built; if a module was not found above, add the packages that [build-system] of pyproject.toml requires to build-system = [ ]"
  runHook postBuild
}
_pythonChangeDependencies() {
  local relaxed=() removed=()
  if [ "${pythonRelaxDeps-}" = 1 ]; then relaxed=(--relax-all); else concatTo relaxed pythonRelaxDeps; fi
  if [ "${pythonRemoveDeps-}" = 1 ]; then removed=(--remove-all); else concatTo removed pythonRemoveDeps; fi
  if [ $((${#relaxed[@]} + ${#removed[@]})) -eq 0 ]; then return; fi
  python3 "$pythonTools" change-dependencies "${relaxed[*]}" "${removed[*]}" dist/*.whl
}
_pythonCheckDependencies() {
  [ "${dontCheckRuntimeDeps-}" != 1 ] || return 0
  local folders
  _pythonRuntime folders
  python3 "$pythonTools" check-dependencies "$(IFS=:; echo "${folders[*]}")" dist/*.whl
}
pypaInstallPhase() {
  runHook preInstall
  local wheel wheels=(dist/*.whl)
  [ ${#wheels[@]} -gt 0 ] || die "there is no wheel in $PWD/dist to install"
  _pythonCheckDependencies
  for wheel in "${wheels[@]}"; do python3 -m installer --prefix "$out" "$wheel"; done
  # A program's folder is no place of modules.
  rm -rf "$out/bin/__pycache__"
  export PYTHONPATH="$out/$pythonSitePackages${PYTHONPATH:+:$PYTHONPATH}"
  runHook postInstall
}
pythonImportsCheckPhase() {
  local modules=() folders
  concatTo modules pythonImportsCheck
  [ ${#modules[@]} -gt 0 ] || return 0
  _pythonRuntime folders
  (cd / && HOME=$NIX_BUILD_TOP python3 -I "$pythonTools" import-modules "$(IFS=:; echo "${folders[*]}")" "${modules[@]}")
}

case ${pythonFormat-} in
  wheel) : "${unpackPhase=wheelUnpackPhase}" "${buildPhase=:}" ;;
  setuptools | pyproject) : "${configurePhase=runHook preConfigure; runHook postConfigure}" "${buildPhase=pypaBuildPhase}" ;;
esac
case ${pythonFormat-} in
  wheel | setuptools | pyproject)
    : "${installPhase=pypaInstallPhase}"
    postBuildHooks+=(_pythonChangeDependencies)
    if [ "${pythonFormat}" = wheel ]; then preInstallHooks+=(_pythonChangeDependencies); fi
    ;;
esac
if [ -n "${pythonFormat-}" ]; then
  if [ "${dontUsePythonImportsCheck-}" != 1 ]; then appendToVar preDistPhases pythonImportsCheckPhase; fi
fi
