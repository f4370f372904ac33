# The options of systemd's units, by kind of unit. Plain sets: they are loaded once for all units.
{ lib }:

let
  inherit (lib) mkOption types;

  str =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
    };
  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
  bool =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  strings =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
  names =
    description:
    mkOption {
      type = types.listOf unitName;
      default = [ ];
      inherit description;
    };
  section =
    description:
    mkOption {
      type = types.attrsOf unitOption;
      default = { };
      inherit description;
    };

  # As on NixOS; specifiers may stand in it.
  unitName =
    types.strMatching
      "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)"
    // { description = "name of a unit, with its suffix"; };

  /* A setting: one value, or a list, which is a line an entry. Lists of several modules add up. */
  unitOption = types.mkOptionType {
    name = "systemd option";
    description = "systemd option: boolean, number, string or path, or a list of them";
    descriptionClass = "noun";
    check =
      v:
      let
        ok =
          x:
          x == null
          || builtins.isString x
          || builtins.isInt x
          || builtins.isFloat x
          || builtins.isBool x
          || builtins.isPath x
          || lib.isDerivation x;
      in
      if builtins.isList v then lib.all ok v else ok v;
    merge =
      loc: defs:
      if lib.any (d: builtins.isList d.value) defs then
        lib.concatMap (d: lib.toList d.value) defs
      else
        lib.mergeEqualOption loc defs;
  };

  common = {
    enable =
      bool
        true
        "If false, the unit is masked: neither it nor Debian's unit of that name can be started.";
    overrideStrategy = mkOption {
      type = types.enum [ "asDropinIfExists" "asDropin" ];
      default = "asDropinIfExists";
      description =
        "Whether the settings are a complete unit or additions to one of a package. "
        + "`asDropinIfExists` takes a unit that doesn't say what it runs for additions.";
    };
    wantedBy = names "Units that start this one along.";
    requiredBy = names "Units that need this one.";
    upheldBy = names "Units that keep this one running.";
    aliases = names "Further names of this unit.";
    description = str "" "What the unit is, in a few words.";
    documentation = strings "URIs of documentation.";
    requires = names "Units that must start, too.";
    wants = names "Units that are started, too.";
    upholds = names "Units that are kept running.";
    after = names "Units that, if started at the same time, must be up first.";
    before = names "Units that, if started at the same time, wait for this one.";
    bindsTo = names "Units whose end ends this one.";
    partOf = names "Units whose stop or restart is this one's, too.";
    conflicts = names "Units that cannot run beside this one.";
    requisite = names "Units that must be up already.";
    onFailure = names "Units that are started when this one fails.";
    onSuccess = names "Units that are started when this one ends well.";
    startLimitBurst = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "How often it may be started within `startLimitIntervalSec`.";
    };
    startLimitIntervalSec = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "Seconds for `startLimitBurst`.";
    };
    unitConfig = section "Settings of the [Unit] section.";
    reloadTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      description = "Values whose change means a reload at a switch.";
    };
    restartTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      description = "Values whose change means a restart at a switch.";
    };
  };
in
{
  inherit unitName unitOption common;

  service = common // {
    environment = mkOption {
      type = types.attrsOf (
        types.nullOr (types.oneOf [ types.str types.path types.package types.int ])
      );
      default = { };
      example = { LANG = "nl_NL.UTF-8"; };
      description = "Variables of its processes; null leaves one out.";
    };
    path = mkOption {
      type = types.listOf (types.oneOf [ types.package types.str ]);
      default = [ ];
      example = lib.literalExpression "[ pkgs.curl ]";
      description = "Packages whose programs come first in its PATH.";
    };
    serviceConfig = section "Settings of the [Service] section.";
    confinement.enable = bool false "Not available.";
    script = lines "What it runs, in bash with `set -e`.";
    scriptArgs = str "" "Arguments of `script`.";
    preStart = lines "What runs before it, in bash with `set -e`.";
    postStart = lines "What runs once it is started.";
    reload = lines "What its reload does.";
    preStop = lines "What ends it.";
    postStop = lines "What runs when it has ended.";
    restartIfChanged = bool true "Whether a switch restarts it when it has changed.";
    reloadIfChanged = bool false "Whether a switch reloads it instead.";
    stopIfChanged =
      bool true "Whether a switch stops it before and starts it after, instead of a restart.";
    notSocketActivated = bool false "Whether a switch restarts it though it has a socket.";
    startAt = mkOption {
      type = types.coercedTo types.str lib.singleton (types.listOf types.str);
      default = [ ];
      example = "daily";
      description = "When it is started, as in systemd.time(7): makes a timer.";
    };
    enableStrictShellChecks = bool false "No effect: nothing is checked while building.";
  };

  socket = common // {
    listenStreams = strings "Addresses of streams.";
    listenDatagrams = strings "Addresses of datagrams.";
    socketConfig = section "Settings of the [Socket] section.";
  };
  timer = common // { timerConfig = section "Settings of the [Timer] section."; };
  path = common // { pathConfig = section "Settings of the [Path] section."; };
  slice = common // { sliceConfig = section "Settings of the [Slice] section."; };
  target = common;
  mount = common // {
    what = mkOption {
      type = types.str;
      example = "/dev/sda1";
      description = "What is mounted.";
    };
    where = mkOption {
      type = types.str;
      example = "/mnt";
      description = "Where it is mounted.";
    };
    type = str "" "The type of file system.";
    options = str "" "Mount options, with commas.";
    mountConfig = section "Settings of the [Mount] section.";
  };
  automount = common // {
    where = mkOption {
      type = types.str;
      example = "/mnt";
      description = "Where it is mounted when first used.";
    };
    automountConfig = section "Settings of the [Automount] section.";
  };

  # What a unit is in the end: a file and its links.
  unit = {
    text = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The unit's text.";
    };
    enable = bool true "If false, the unit is masked.";
    overrideStrategy = mkOption {
      type = types.enum [ "asDropinIfExists" "asDropin" ];
      default = "asDropinIfExists";
      description =
        "Whether the text is a complete unit, or additions to one of a package (`asDropin`).";
    };
    wantedBy = names "Units that start this one along.";
    requiredBy = names "Units that need this one.";
    upheldBy = names "Units that keep this one running.";
    aliases = names "Further names of this unit.";
  };
}
