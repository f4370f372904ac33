# autoreconfHook: makes the configure script anew.
preConfigurePhases="autoreconfPhase ${preConfigurePhases-}"
autoreconfPhase() {
  runHook preAutoreconf
  autoreconf ${autoreconfFlags:---install --force --verbose}
  runHook postAutoreconf
}
