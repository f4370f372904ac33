# logrotate: files of logs are renamed, compressed and removed. Debian's files in /etc/logrotate.d are not read: what is rotated is what
# the options name.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.logrotate;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  inherit (import ../../../lib/formats { inherit lib; }) text;

  entry =
    { name, ... }:
    {
      freeformType = types.attrsOf (types.nullOr (types.oneOf [ types.int types.bool types.str ]));
      options = {
        enable = lib.mkEnableOption "this entry" // {
          default = true;
        };
        global = mkOption {
          type = types.bool;
          default = name == "header";
          defaultText = "whether the entry is `header`";
          description = "Whether the settings are for all entries, and no files.";
        };
        files = mkOption {
          type = types.coercedTo types.str lib.singleton (types.listOf types.str);
          default = [ name ];
          defaultText = "the entry's name";
          description = "The files, or patterns of them.";
        };
        frequency = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "daily";
          description = "How often: `hourly`, `daily`, `weekly`, `monthly` or `yearly`.";
        };
        priority = mkOption {
          type = types.int;
          default = if name == "header" then 100 else 1000;
          defaultText = "1000, and 100 for `header`";
          description = "The place among the others: what has a lower number comes first.";
        };
      };
    };

  login = {
    enable = true;
    global = false;
    priority = 1000;
    frequency = "monthly";
    rotate = 1;
    create = "0660 root utmp";
    minsize = "1M";
  };
  # As NixOS has them.
  entries = lib.recursiveUpdate {
    header = {
      enable = true;
      global = true;
      priority = 100;
      files = [ "header" ];
      frequency = "weekly";
      missingok = true;
      notifempty = true;
      rotate = 4;
    };
    "/var/log/btmp" = login // { files = [ "/var/log/btmp" ]; };
    "/var/log/wtmp" = login // {
      create = "0664 root utmp";
      files = [ "/var/log/wtmp" ];
    };
  } (lib.mapAttrs (_: lib.filterAttrs (_: v: v != null)) cfg.settings);

  own = [ "enable" "files" "global" "priority" ];
  scripts = [ "firstaction" "lastaction" "postrotate" "preremove" "prerotate" ];
  line =
    place: name: value:
    let
      at = {
        option = "services.logrotate.settings.${lib.strings.escapeNixIdentifier place}.${name}";
        file = "logrotate.conf";
      };
      word = text.restrict "[a-z]+" "anything but small letters in a setting's name" at name;
    in
    if name == "frequency" then
      text.word at value
    else if lib.elem name scripts then
      "${word}\n${lib.removeSuffix "\n" value}\nendscript"
    else if lib.isBool value then
      lib.optionalString (!value) "no" + word
    else
      "${word} ${text.line at (toString value)}";
  lines = place: e: lib.mapAttrsToList (line place) (removeAttrs e own);
  file =
    place: name:
    "\"${
      text.restrict "[^\"[:cntrl:]]+" "quotes or line breaks in a file's name" {
        option = "services.logrotate.settings.${lib.strings.escapeNixIdentifier place}.files";
        file = "logrotate.conf";
      } name
    }\"";
  section =
    { name, value }:
    if value.global then
      lib.concatLines (lines name value)
    else
      "${lib.concatMapStringsSep " " (file name) value.files} {\n${lib.concatMapStrings (l: "  ${l}\n") (lines name value)}}\n";
  sorted = lib.sort (a: b: a.value.priority < b.value.priority) (
    lib.attrsToList (lib.filterAttrs (_: e: e.enable) entries)
  );
  written = lib.concatMapStringsSep "\n" section sorted;
in
{
  imports = map (
    name:
    lib.mkRemovedOptionModule [
      "services"
      "logrotate"
      name
    ] "Use services.logrotate.settings."
  ) [ "config" "extraConfig" "paths" ];

  options.services.logrotate = {
    enable = mkOption {
      type = types.bool;
      default = lib.any (e: e.enable) (lib.attrValues cfg.settings);
      defaultText = lib.literalExpression "settings != { }";
      description =
        "Whether files of logs are rotated. NixOS does so by default; here something must be named.";
    };
    allowNetworking = lib.mkEnableOption "access of scripts to the network, as for mail";
    settings = mkOption {
      type = types.attrsOf (types.submodule entry);
      default = { };
      example = {
        "/var/log/app/*.log" = {
          frequency = "daily";
          rotate = 7;
          compress = true;
        };
      };
      description = "Settings by file, or by a name for `files`. `header` is for all.";
    };
    configFile = mkOption {
      type = types.path;
      default =
        if cfg.checkConfig then
          checkedFile {
            name = "logrotate.conf";
            text = written;
            packages = [ pkgs.logrotate ];
            option = "services.logrotate.settings";
            # Without the machine's users.
            check = ''
              sed -E '/^ *su /d; s/^( *create(olddir)? +[0-7]+).*/\1/' "$file" > try
              /usr/sbin/logrotate --debug --state "$PWD/state" try > words 2>&1 || { cat words; exit 1; }
              # What it does not know is no error to it.
              ! grep -E 'unknown (option|unit)|ignoring' words
            '';
          }
        else
          pkgs.writeText "logrotate.conf" written;
      defaultText = "a file with `settings`";
      description = "The file of the configuration.";
    };
    checkConfig = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the file is checked while the system is built.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments of logrotate.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.logrotate = {
      description = "Logrotate Service";
      documentation = [ "man:logrotate(8)" "man:logrotate.conf(5)" ];
      startAt = "hourly";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${lib.getExe' pkgs.logrotate "logrotate"} ${utils.escapeSystemdExecArgs (cfg.extraArgs ++ [ cfg.configFile ])}";
        StateDirectory = "logrotate";
        Nice = 19;
        IOSchedulingClass = "best-effort";
        IOSchedulingPriority = 7;
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateNetwork = !cfg.allowNetworking;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "full";
        RestrictNamespaces = true;
        RestrictRealtime = true;
      };
    };
  };
}
