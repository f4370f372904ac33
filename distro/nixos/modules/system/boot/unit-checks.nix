# Units are read by systemd while the system is built, if the configuration declares any, or times at which something starts.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  cfg = config.systemd;
  inherit (config.system) build;

  # The units of modules of the distribution are known to be right.
  distribution = toString ../../../..;
  isOwn = file: lib.hasPrefix "${distribution}/" (toString file);
  declared =
    option: lib.any (kind: lib.any (file: !(isOwn file)) (option.${kind}.files or [ ])) kinds;
  kinds = [
    "services"
    "sockets"
    "timers"
    "targets"
    "paths"
    "slices"
    "mounts"
    "automounts"
    "units"
  ];

  # Settings in units of nixpkgs' modules that have no effect are no fault of the configuration, which could not correct them.
  isOfNixpkgs = file: builtins.match ".*/nixos/modules/.*[.]nix" (toString file) != null;
  namesOfNixpkgs =
    option:
    lib.concatMap (
      kind:
      lib.concatMap (
        { file, value }:
        lib.optionals (!(isOwn file) && isOfNixpkgs file && builtins.isAttrs value) (
          map (name: if kind == "units" then name else "${name}.${lib.removeSuffix "s" kind}") (
            lib.attrNames value
          )
        )
      ) (option.${kind}.definitionsWithLocations or [ ])
    ) kinds;

  # But they have times of other options.
  isPlainTime =
    time:
    builtins.match
      "hourly|daily|weekly|monthly|yearly|([*]-[*]-[*] )?([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
      (toString time)
    != null;
  hasTimes = lib.any (
    timer: timer.enable && !(lib.all isPlainTime (lib.toList (timer.timerConfig.OnCalendar or [ ])))
  ) (lib.attrValues cfg.timers);

  inherit (import ../../../lib/system-check.nix {
    inherit lib pkgs;
    inherit (build) tree;
  })
    check
    ;
  checkOf =
    scope: option: units:
    check {
      name = if scope == "user" then "user-units" else "units";
      inherit scope units;
      unitsOfNixpkgs = lib.unique (namesOfNixpkgs option);
      others = build.packagesWithoutDebian;
      script = builtins.readFile ../../../lib/system-root.sh + builtins.readFile ./unit-checks.sh;
    };
in
{
  system.checks =
    lib.optional (declared options.systemd || hasTimes) (
      checkOf "system" options.systemd build.units
    )
    ++ lib.optional (declared options.systemd.user) (
      checkOf "user" options.systemd.user build.userUnits
    );
}
