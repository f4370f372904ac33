# The options of systemd's units, by kind of unit. They are plain sets, so all units share one evaluation of them.
{ lib }:

let
  inherit (lib) mkOption types;
  inherit (import ./option-makers.nix { inherit lib; }) flag lines strings;

  str =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
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

  # As on NixOS. The name may contain specifiers.
  unitName =
    types.strMatching
      "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)"
    // { description = "name of a unit, with its suffix"; };

  /* A setting: one value, or a list with a line for each entry. Lists of several modules are concatenated. */
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

  # Where a unit is linked: its [Install] section.
  install = {
    wantedBy =
      names "Units that start this one with them, and run even if it fails (their `Wants=`).";
    requiredBy =
      names "Units that start this one with them, and cannot run without it (their `Requires=`).";
    upheldBy =
      names
        "Units that start this one again whenever it is found inactive or failed while they are active (their `Upholds=`).";
    aliases =
      names
        "Additional names of the unit (`Alias=`). `systemctl` and other units can use them, too.";
  };

  common = install // {
    enable =
      flag
        true
        "Whether the unit can be started. If not, it is masked, and so is a package's unit of that name.";
    overrideStrategy = mkOption {
      type = types.enum [ "asDropinIfExists" "asDropin" ];
      default = "asDropinIfExists";
      description =
        "Whether the settings are a complete unit, or are added to a package's unit as a drop-in (`asDropin`). With "
        + "`asDropinIfExists`, a unit that doesn't say what it runs is a drop-in.";
    };
    description =
      str
        ""
        "A short description of the unit, as `systemctl` and the journal show it (`Description=`)."
      // { example = "Backup of the database"; };
    documentation = strings "URIs of the unit's documentation (`Documentation=`)." // {
      example = [ "man:sshd(8)" ];
    };
    requires =
      names
        "Units that are started along with this one. If one of them is stopped, this one is stopped, too (`Requires=`).";
    wants =
      names "Units that are started along with this one, which runs even if they fail (`Wants=`)."
      // { example = [ "network-online.target" ]; };
    upholds =
      names
        "Units that are started again whenever they are found inactive or failed while this one is active (`Upholds=`).";
    after =
      names (
        "Units that must have started before this one, if both are started at the same time. It starts none of them: "
        + "`wants` and `requires` do (`After=`)."
      )
      // { example = [ "network.target" ]; };
    before =
      names
        "Units that start only after this one has started, if both are started at the same time (`Before=`).";
    bindsTo =
      names
        "Like `requires`; this unit is also stopped if one of them stops by itself, such as a device that is unplugged (`BindsTo=`)."
      // { example = [ "dev-ttyUSB0.device" ]; };
    partOf = names "Units whose stop or restart also stops or restarts this one (`PartOf=`).";
    conflicts =
      names
        "Units that cannot be active at the same time: starting this one stops them, and vice versa (`Conflicts=`).";
    requisite =
      names
        "Units that must be active already: if one of them is not, this one fails at once (`Requisite=`).";
    onFailure = names "Units that are started when this one fails (`OnFailure=`)." // {
      example = [ "notify-admin.service" ];
    };
    onSuccess =
      names "Units that are started when this one has finished successfully (`OnSuccess=`).";
    startLimitBurst = mkOption {
      type = types.nullOr types.int;
      default = null;
      example = 5;
      description =
        "How many times the unit may be started within `startLimitIntervalSec`; further starts are refused. If null, "
        + "systemd's default.";
    };
    startLimitIntervalSec = mkOption {
      type = types.nullOr types.int;
      default = null;
      example = 30;
      description =
        "The interval, in seconds, in which starts are counted for `startLimitBurst`; 0 sets no limit. If null, systemd's default.";
    };
    unitConfig = section "Settings of the [Unit] section, as in systemd.unit(5)." // {
      example = { RequiresMountsFor = "/data"; };
    };
    reloadTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      description =
        "Values, such as store paths, whose change makes a switch to the new configuration reload the unit.";
    };
    restartTriggers = mkOption {
      type = types.listOf types.unspecified;
      default = [ ];
      description =
        "Values, such as store paths, whose change makes a switch to the new configuration restart the unit.";
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
      description =
        "Environment variables of the service's processes. null leaves out a variable of `systemd.globalEnvironment`.";
    };
    path = mkOption {
      type = types.listOf (types.oneOf [ types.package types.str ]);
      default = [ ];
      example = lib.literalExpression "[ pkgs.curl ]";
      description = "Packages whose `bin` and `sbin` directories come first in the service's PATH.";
    };
    serviceConfig =
      section "Settings of the [Service] section, as in systemd.service(5) and systemd.exec(5)."
      // {
        example = {
          DynamicUser = true;
          RestartSec = 5;
        };
      };
    script =
      lines
        "Shell commands that are the service's main process (`ExecStart=`). bash runs them with `set -e`.";
    scriptArgs = str "" "Arguments that `script` is called with.";
    preStart =
      lines
        "Shell commands that run before the main process starts (`ExecStartPre=`). bash runs them with `set -e`.";
    postStart =
      lines "Shell commands that run after the main process has started (`ExecStartPost=`).";
    reload = lines "Shell commands that make the service reload its configuration (`ExecReload=`).";
    preStop = lines "Shell commands that stop the service (`ExecStop=`).";
    postStop = lines "Shell commands that run after the service has stopped (`ExecStopPost=`).";
    restartIfChanged =
      flag
        true
        "Whether a switch to a new configuration restarts the service if its unit has changed.";
    reloadIfChanged =
      flag
        false
        "Whether a switch to a new configuration reloads the service, instead of restarting it, if its unit has changed.";
    stopIfChanged =
      flag
        true
        "Whether a switch stops a changed service before activation and starts it afterwards, instead of restarting it.";
    notSocketActivated =
      flag false "Whether a switch restarts a changed service even if it is activated by a socket.";
    startAt = mkOption {
      type = types.coercedTo types.str lib.singleton (types.listOf types.str);
      default = [ ];
      example = "daily";
      description =
        "Calendar events at which the service is started, as in systemd.time(7). A timer unit of its name is made for them.";
    };
    enableStrictShellChecks =
      flag
        false
        "Whether the scripts are checked by shellcheck while the system is built. One in which it finds something is an error.";
  };

  socket = common // {
    listenStreams =
      strings
        "Addresses of stream sockets: ports, addresses with ports, or paths of Unix sockets (`ListenStream=`)."
      // { example = [ "127.0.0.1:8080" "/run/example.sock" ]; };
    listenDatagrams =
      strings
        "Addresses of datagram sockets, in the form that `listenStreams` has (`ListenDatagram=`)."
      // { example = [ "0.0.0.0:514" ]; };
    socketConfig = section "Settings of the [Socket] section, as in systemd.socket(5)." // {
      example = { Accept = true; };
    };
  };
  timer = common // {
    timerConfig = section "Settings of the [Timer] section, as in systemd.timer(5)." // {
      example = {
        OnCalendar = "Sun 14:00";
        Persistent = true;
      };
    };
  };
  path = common // {
    pathConfig = section "Settings of the [Path] section, as in systemd.path(5)." // {
      example = { PathChanged = "/etc/hosts"; };
    };
  };
  slice = common // {
    sliceConfig =
      section
        "Settings of the [Slice] section, as in systemd.slice(5) and systemd.resource-control(5)."
      // { example = { MemoryMax = "2G"; }; };
  };
  target = common;
  mount = common // {
    what = mkOption {
      type = types.str;
      example = "/dev/sda1";
      description = "The device, or other source, that is mounted (`What=`).";
    };
    where = mkOption {
      type = types.str;
      example = "/mnt";
      description = "The mount point, an absolute path (`Where=`).";
    };
    type = str "" "The type of the file system (`Type=`). If empty, it is detected." // {
      example = "ext4";
    };
    options = str "" "Mount options, separated by commas (`Options=`)." // { example = "noatime"; };
    mountConfig = section "Settings of the [Mount] section, as in systemd.mount(5)." // {
      example = { DirectoryMode = "0750"; };
    };
  };
  automount = common // {
    where = mkOption {
      type = types.str;
      example = "/mnt";
      description =
        "The mount point (`Where=`). The file system is mounted when it is first accessed.";
    };
    automountConfig =
      section "Settings of the [Automount] section, as in systemd.automount(5)."
      // { example = { TimeoutIdleSec = "10min"; }; };
  };

  # Every kind of unit ends up as one of these: a file and its links.
  unit = install // {
    text = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The contents of the unit file; null for a unit whose file is a package's.";
    };
    enable = flag true "Whether the unit can be started. If not, it is masked.";
    overrideStrategy = mkOption {
      type = types.enum [ "asDropinIfExists" "asDropin" ];
      default = "asDropinIfExists";
      description =
        "Whether the text is a complete unit, or is added to a package's unit as a drop-in (`asDropin`).";
    };
  };
}
