# The script of one job of services.borgbackup.
{ lib, pkgs }:

job:
let
  inherit (lib) optionalString;
  name = optionalString (job.archiveBaseName != null) "${job.archiveBaseName}-";
  suffix = optionalString job.appendFailedSuffix ".failed";
  keep = lib.concatStringsSep " " (
    lib.mapAttrsToList (
      what: number: lib.escapeShellArg "--keep-${what}=${toString number}"
    ) job.prune.keep
  );
  arrays = lib.concatMapStrings (array: "${array}=(${job.${array}})\n") [
    "extraArgs"
    "extraInitArgs"
    "extraCreateArgs"
    "extraPruneArgs"
    "extraCompactArgs"
  ];
in
''
  set -e
  ${arrays}
  on_exit() {
    exitStatus=$?
    ${job.postHook}
    exit $exitStatus
  }
  trap on_exit EXIT

  # 1 and 100 to 127 are warnings.
  borgWrapper() {
    local status=0
    borg "$@" || status=$?
    ${
      optionalString (!job.failOnWarnings) ''
        if [ "$status" = 1 ] || { [ "$status" -ge 100 ] && [ "$status" -le 127 ]; }; then
          echo "borg warned: $status"
          status=0
        fi
      ''
    }
    return "$status"
  }

  archiveName=${lib.escapeShellArg name}$(date ${job.dateFormat})
  archiveSuffix=${suffix}
  ${job.preHook}
''
+ optionalString job.doInit ''
  if ! borgWrapper list "''${extraArgs[@]}" > /dev/null; then
    borgWrapper init "''${extraArgs[@]}" --encryption ${job.encryption.mode} "''${extraInitArgs[@]}"
    ${job.postInit}
  fi
''
+ ''
  (
    set -o pipefail
    ${
      optionalString (job.dumpCommand != null) "${lib.escapeShellArg job.dumpCommand} | "
    }borgWrapper create "''${extraArgs[@]}" --compression ${job.compression} \
      --exclude-from ${pkgs.writeText "excludefile" (lib.concatLines job.exclude)} \
      --patterns-from ${pkgs.writeText "patternsfile" (lib.concatLines job.patterns)} \
      "''${extraCreateArgs[@]}" "::$archiveName$archiveSuffix" \
      ${if job.paths == null then "-" else lib.escapeShellArgs job.paths}
  )
''
+ optionalString job.appendFailedSuffix ''
  borgWrapper rename "''${extraArgs[@]}" "::$archiveName$archiveSuffix" "$archiveName"
''
+ job.postCreate
+ optionalString (job.prune.keep != { }) ''

  borgWrapper prune "''${extraArgs[@]}" ${keep} ${
    optionalString
      (job.prune.prefix != null && job.prune.prefix != "")
      "--glob-archives ${lib.escapeShellArg "${job.prune.prefix}*"}"
  } "''${extraPruneArgs[@]}"
  borgWrapper compact "''${extraArgs[@]}" "''${extraCompactArgs[@]}"
  ${job.postPrune}
''
