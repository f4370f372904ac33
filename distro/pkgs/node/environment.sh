# What both ways to get the dependencies of npm have in common.
_npm() { # COMMAND NAME...: with the words of the attributes NAME, and of npmFlags
  local command=$1 flags=()
  shift
  concatTo flags "$@" npmFlags npmFlagsArray
  npm "$command" "${flags[@]}"
}
_npmEnvironment() {
  export HOME="$NIX_BUILD_TOP/npm-home" npm_config_offline=true npm_config_progress=false npm_config_update_notifier=false
  export npm_config_audit=false npm_config_fund=false npm_config_logs_max=0 npm_config_nodedir=/usr/include/nodejs
  mkdir -p "$HOME"
}
_npmRebuild() {
  patchShebangs node_modules
  _npm rebuild npmRebuildFlags npmRebuildFlagsArray
  patchShebangs node_modules
}
