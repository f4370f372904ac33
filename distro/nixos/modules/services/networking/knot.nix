# Knot DNS, an authoritative name server.
{
  config,
  lib,
  options,
  pkgs,
  utils,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkIf mkOption types;
  cfg = config.services.knot;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  checkedEtc = import ../../../lib/checked-etc.nix { inherit lib; };
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  at = path: {
    option = lib.showOption ([ "services" "knot" "settings" ] ++ path);
    file = "knot.conf";
  };
  atom =
    path: value:
    if lib.isAttrs value && !lib.isDerivation value then
      text.refuse (at path) "a set" value
    else if value == true then
      "on"
    else if value == false then
      "off"
    else if lib.isList value then
      "[ ${lib.concatMapStringsSep ", " (atom path) value} ]"
    else if lib.isString value && builtins.match "[a-zA-Z0-9_./@:-]+" value == null then
      "\"${builtins.replaceStrings [ "\\" "\"" ] [ "\\\\" "\\\"" ] (text.line (at path) value)}\""
    else
      text.line (at path) (toString value);
  line =
    indent: path: name: value:
    "${indent}${
      text.restrict
        "[a-z0-9-]+"
        "anything but small letters, digits and `-' in a setting's name"
        (at path)
        name
    }: ${atom (path ++ [ name ]) value}\n";

  # Items of a list begin with their id, which is `id', or `domain' of zones, or `target' of loggers.
  idOf =
    section: if section == "zone" then "domain" else if section == "log" then "target" else "id";
  item =
    section: value:
    let
      id = idOf section;
      missing = throw (
        "services.knot.settings.${
          lib.strings.escapeNixIdentifier section
        } has an entry without `${id}', in ${lib.showFiles options.services.knot.settings.files}: "
        + "${builtins.toJSON value}. Add it."
      );
      rest = lib.mapAttrsToList (line "    " [ section ]) (removeAttrs value [ id ]);
    in
    line "  - " [ section ] id (value.${id} or missing) + lib.concatStrings rest;
  section =
    name: value:
    if lib.isList value && lib.all lib.isAttrs value then
      "${name}:\n" + lib.concatMapStrings (item name) value
    else if lib.isAttrs value && lib.all lib.isAttrs (lib.attrValues value) && value != { } then
      "${name}:\n"
      + lib.concatStrings (
        lib.mapAttrsToList (id: v: item name ({ ${idOf name} = id; } // v)) value
      )
    else if lib.isAttrs value then
      "${name}:\n" + lib.concatStrings (lib.mapAttrsToList (line "  " [ name ]) value)
    else
      lib.concatMapStrings (v: line "" [ ] name v) (lib.toList value);
  # Knot reads sections in order: what is referred to comes first.
  order = [
    "module"
    "server"
    "control"
    "xdp"
    "log"
    "statistics"
    "database"
    "keystore"
    "key"
    "remote"
    "remotes"
    "acl"
    "submission"
    "dnskey-sync"
    "policy"
    "external"
    "template"
    "zone"
  ];
  sections =
    let
      names = lib.attrNames cfg.settings;
      rank =
        name:
        let
          modules = lib.hasPrefix "mod-" name;
        in
        if modules then
          16
        else
          lib.lists.findFirstIndex (n: n == name) (if name == "include" then 0 else 15) order;
    in
    lib.sort (a: b: rank a < rank b) names;
  content = lib.concatMapStrings (name: section name cfg.settings.${name}) sections;
  includes = lib.concatMapStrings (
    file:
    "include: ${
      text.word {
        option = "services.knot.keyFiles";
        file = "knot.conf";
      } (toString file)
    }\n"
  ) cfg.keyFiles;

  whole = includes + content;
  file =
    if cfg.settingsFile != null then
      { source = cfg.settingsFile; }
    else if cfg.checkConfig then
      checkedEtc whole (
        checkedFile {
          name = "knot.conf";
          text = whole;
          packages = [ cfg.package ];
          option = "services.knot.settings";
          check = ''knotc --config="$file" conf-check'';
        }
      )
    else
      { text = whole; };
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "knot" "extraConfig" ] "Use services.knot.settings.")
  ];

  options.services.knot = {
    enable = lib.mkEnableOption "Knot DNS, an authoritative name server";
    package = lib.mkPackageOption pkgs "knot-dns" { };
    enableXDP = mkOption {
      type = types.bool;
      default = lib.hasAttrByPath [ "xdp" "listen" ] cfg.settings;
      defaultText = lib.literalMD "whether `settings.xdp.listen` is set";
      description = "Whether it may take packets from network cards directly (XDP).";
    };
    checkConfig = mkOption {
      type = types.bool;
      default = cfg.keyFiles == [ ] && cfg.settingsFile == null;
      defaultText = lib.literalMD "unless there are `keyFiles` or `settingsFile`";
      description =
        "Whether the configuration is checked while building, where files of the machine are not there.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments of knotd.";
    };
    keyFiles = mkOption {
      type = types.listOf lineTypes.machineFile;
      default = [ ];
      example = [ "/run/secrets/knot-keys.conf" ];
      description = "Files of the machine with keys, which are included.";
    };
    settings = mkOption {
      type = types.attrsOf (pkgs.formats.yaml { }).type;
      default = { };
      example = {
        server.listen = [ "0.0.0.0@53" ];
        zone."example.com".storage = "/var/lib/knot/zones";
      };
      description = "Sections of knot.conf(5). Items are a list, or a set by their ids.";
    };
    settingsFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "The configuration file, in place of `settings`.";
    };
  };

  config = mkIf cfg.enable {
    users.groups.knot = { };
    users.users.knot = {
      description = "Knot DNS";
      isSystemUser = true;
      group = "knot";
    };
    environment.systemPackages = [ cfg.package ];
    environment.etc."knot/knot.conf" = file;
    systemd.services.knot = {
      description = "Knot DNS, an authoritative name server";
      unitConfig.Documentation = "man:knotd(8) man:knot.conf(5) man:knotc(8)";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network.target" ];
      after = [ "network.target" ];
      restartTriggers = [ (if cfg.settingsFile != null then cfg.settingsFile else whole) ];
      serviceConfig =
        let
          capabilities =
            [ "CAP_NET_BIND_SERVICE" ]
            ++ lib.optionals cfg.enableXDP [
              "CAP_NET_ADMIN"
              "CAP_NET_RAW"
              "CAP_SYS_ADMIN"
              "CAP_IPC_LOCK"
            ];
        in
        {
          Type = "notify";
          ExecStart = utils.escapeSystemdExecArgs ([
            "${cfg.package}/bin/knotd"
            "--config=/etc/knot/knot.conf"
            "--socket=/run/knot/knot.sock"
          ] ++ cfg.extraArgs);
          ExecReload = "${cfg.package}/bin/knotc --socket=/run/knot/knot.sock reload";
          User = "knot";
          Group = "knot";
          AmbientCapabilities = capabilities;
          CapabilityBoundingSet = capabilities;
          Restart = "on-abort";
          RuntimeDirectory = "knot";
          StateDirectory = "knot";
          StateDirectoryMode = "0700";
          UMask = "0077";
          NoNewPrivileges = true;
          PrivateTmp = true;
          ProtectHome = true;
          ProtectSystem = "strict";
        };
    };
  };
}
