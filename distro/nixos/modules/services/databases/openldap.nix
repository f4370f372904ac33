# OpenLDAP's server, slapd, whose configuration is entries of its own database cn=config.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) escapeShellArg mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  ldif = import ./openldap/ldif.nix { inherit lib; };
  cfg = config.services.openldap;
  isDebian = import ../../../../pkgs/is-debian.nix cfg.package;
  account = import ../../../lib/service-account.nix { inherit lib; } "openldap" {
    inherit (cfg) user group;
    description = "OpenLDAP";
  };

  configDir = if cfg.configDir != null then cfg.configDir else "/etc/openldap/slapd.d";
  stateDir = "/var/lib/openldap";

  databases = lib.filterAttrs (name: _: lib.hasPrefix "olcDatabase=" name) cfg.settings.children;
  withFolder = lib.filterAttrs (_: d: d.attrs ? olcDbDirectory) databases;
  folders = lib.mapAttrsToList (_: d: toString d.attrs.olcDbDirectory) withFolder;
  folderOf = lib.mapAttrs' (
    _: d: lib.nameValuePair (toString (d.attrs.olcSuffix or "")) (toString d.attrs.olcDbDirectory)
  ) withFolder;

  # Debian's slapd has its databases and overlays in modules, where that of nixpkgs has them built in.
  modules =
    let
      plain = value: lib.last (lib.splitString "}" (toString value));
      backends = map (name: "back_${plain (lib.removePrefix "olcDatabase=" name)}") (
        builtins.attrNames databases
      );
      overlaysOf =
        d:
        map (name: plain (lib.removePrefix "olcOverlay=" name)) (
          builtins.filter (lib.hasPrefix "olcOverlay=") (builtins.attrNames d.children)
        );
      builtIn = [ "back_config" "back_frontend" "back_monitor" "back_ldif" ];
    in
    lib.subtractLists builtIn (
      lib.unique (backends ++ lib.concatMap overlaysOf (lib.attrValues databases))
    );
  loadsNone = !(lib.any (lib.hasPrefix "cn=module") (builtins.attrNames cfg.settings.children));

  # Of nixpkgs' package, schemas are in etc/schema.
  ofDebian =
    file:
    let
      path = "${file}";
      theirs = "${cfg.package}/etc/schema/";
    in
    if isDebian && lib.hasPrefix theirs path then
      "${cfg.package}/etc/ldap/schema/${lib.removePrefix theirs path}"
    else
      path;
  placed =
    e:
    e
    // {
      includes = map ofDebian e.includes;
      children = lib.mapAttrs (_: placed) e.children;
    };
  loading = {
    "cn=module{0}" = {
      attrs = {
        objectClass = "olcModuleList";
        cn = "module{0}";
        olcModulePath = "/usr/lib/ldap";
        olcModuleLoad = modules;
      };
      includes = [ ];
      children = { };
    };
  };
  text =
    let
      root = placed cfg.settings;
    in
    ldif.entry "cn=config" (
      root
      // lib.optionalAttrs (isDebian && loadsNone && modules != [ ]) {
        children = root.children // loading;
      }
    );

  # Files of the machine, such as certificates and passwords, are not there while building, nor are the folders of databases.
  checked = checkedFile {
    name = "config.ldif";
    inherit text;
    packages = [ cfg.package ];
    option = "services.openldap.settings";
    check = ''
      mkdir -p slapd.d data
      sed -i -E \
        -e "s|^(olcDbDirectory:) .*|\1 $PWD/data|" \
        -e "/^olc(PidFile|ArgsFile|TLS[A-Za-z]*File|TLSCACertificatePath):/d" \
        -e '\|:< file:///nix/store/|!{/^[A-Za-z0-9;-]+:< file:/d}' "$file"
      slapadd -F "$PWD/slapd.d" -n 0 -l "$file"
    '';
  };

  contents = lib.mapAttrs (_: pkgs.writeText "contents.ldif") cfg.declarativeContents;
  load =
    dn:
    let
      folder =
        folderOf.${dn} or (throw (
          "services.openldap.declarativeContents.${lib.strings.escapeNixIdentifier dn}: no database of services.openldap.settings has this "
          + "olcSuffix and an olcDbDirectory. Add one, or correct the name."
        ));
    in
    ''
      rm -rf ${escapeShellArg folder}/*
      slapadd -F ${escapeShellArg configDir} -b ${escapeShellArg dn} -l ${contents.${dn}}
    '';
in
{
  imports =
    map
      (
        name:
        lib.mkRemovedOptionModule [ "services" "openldap" name ] "Use services.openldap.settings."
      )
      [
        "extraConfig"
        "extraDatabaseConfig"
        "logLevel"
        "defaultSchemas"
        "database"
        "rootpwFile"
        "suffix"
        "dataDir"
        "rootdn"
        "rootpw"
      ];

  options.services.openldap = {
    enable = lib.mkEnableOption "OpenLDAP's server";
    package = lib.mkPackageOption pkgs "openldap" { };
    user = mkOption {
      type = types.str;
      default = "openldap";
      description = "The user as whom it runs.";
    };
    group = mkOption {
      type = types.str;
      default = "openldap";
      description = "The group with which it runs.";
    };
    urlList = mkOption {
      type = types.listOf types.str;
      default = [ "ldap:///" ];
      example = [ "ldaps:///" ];
      description = "The URLs at which it listens.";
    };
    settings = mkOption {
      inherit (ldif) type;
      default = { };
      example = lib.literalExpression ''
        {
          children = {
            "cn=schema".includes = [ "''${pkgs.openldap}/etc/schema/core.ldif" ];
            "olcDatabase={1}mdb".attrs = {
              objectClass = [ "olcDatabaseConfig" "olcMdbConfig" ];
              olcDatabase = "{1}mdb";
              olcDbDirectory = "/var/lib/openldap/data";
              olcSuffix = "dc=example,dc=com";
            };
          };
        }
      '';
      description = "The entry cn=config and those below it, as in slapd-config(5).";
    };
    configDir = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/var/lib/openldap/slapd.d";
      description = "A folder of the machine with its configuration, in place of `settings`.";
    };
    mutableConfig = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether changes of the configuration that are made by LDAP last: `settings` count only the first time then.";
    };
    declarativeContents = mkOption {
      type = types.attrsOf types.lines;
      default = { };
      example = {
        "dc=example,dc=org" = ''
          dn: dc=example,dc=org
          objectClass: domain
          dc: example
        '';
      };
      description =
        "What databases have, as LDIF by their suffixes. They are emptied and filled each time the server starts.";
    };
  };

  config = mkIf cfg.enable {
    assertions =
      [
        {
          assertion = cfg.declarativeContents != { } -> cfg.configDir == null;
          message =
            "services.openldap.declarativeContents is about services.openldap.settings, but configDir is set. Remove one of them.";
        }
        {
          assertion = cfg.configDir == null || !cfg.mutableConfig;
          message =
            "services.openldap.mutableConfig is about services.openldap.settings, but configDir is set. Remove one of them.";
        }
      ]
      ++ map (folder: {
        assertion = lib.hasPrefix "${stateDir}/" folder;
        message =
          "A database of services.openldap.settings has the olcDbDirectory ${folder}. Set one below ${stateDir}.";
      }) folders;

    services.openldap.settings = {
      attrs = {
        objectClass = "olcGlobal";
        cn = "config";
        olcPidFile = "/run/openldap/slapd.pid";
      };
      children."cn=schema".attrs = {
        cn = "schema";
        objectClass = "olcSchemaConfig";
      };
    };

    environment.systemPackages = [ cfg.package ];
    users = account;

    systemd.tmpfiles.settings.openldap = lib.optionalAttrs (cfg.configDir == null) {
      ${configDir}.d = {
        inherit (cfg) user group;
        mode = "0700";
      };
    };

    systemd.services.openldap = {
      description = "OpenLDAP's server";
      documentation = [ "man:slapd(8)" "man:slapd-config(5)" ];
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      path = [ cfg.package ];
      preStart =
        lib.optionalString (cfg.configDir == null) (
          (
            if cfg.mutableConfig then
              "if ! [ -e ${escapeShellArg configDir}/cn=config.ldif ]; then\n"
            else
              "rm -rf ${escapeShellArg configDir}/*\n"
          )
          + "slapadd -F ${escapeShellArg configDir} -b cn=config -l ${checked}\n"
          + lib.optionalString cfg.mutableConfig "fi\n"
        )
        + lib.concatMapStrings load (builtins.attrNames cfg.declarativeContents)
        + "slaptest -u -F ${escapeShellArg configDir}\n";
      serviceConfig = {
        Type = "notify";
        NotifyAccess = "all";
        ExecStart = utils.escapeSystemdExecArgs [
          "${cfg.package}/bin/slapd"
          "-d"
          "0"
          "-F"
          configDir
          "-h"
          (lib.concatStringsSep " " cfg.urlList)
        ];
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = "openldap";
        StateDirectory = [ "openldap" ] ++ map (lib.removePrefix "/var/lib/") folders;
        StateDirectoryMode = "0700";
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
        CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
      };
    };
  };
}
