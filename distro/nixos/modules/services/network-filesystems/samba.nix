# Samba: files and printers for Windows' protocol SMB.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.samba;
  inherit (import ../../../lib/formats { inherit lib; }) ini text;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str types.path ]);
  value = types.either atom (types.listOf atom);

  at = option: {
    option = "services.samba.${option}";
    file = "smb.conf";
  };
  conf = ini.writer {
    separator = " = ";
    yes = "yes";
    no = "no";
    join = lib.concatStringsSep " ";
  };
  section = name: conf.section (at "settings") name cfg.settings.${name};
  smbConf =
    if cfg.configText != null then
      cfg.configText
    else
      lib.concatStringsSep "\n" ([
        "${section "global"}${cfg.extraConfig}"
      ] ++ map section (lib.remove "global" (lib.attrNames cfg.settings)));

  # testparm prints what it does not know, but does not fail for it. It also checks that Samba's folders are there.
  checked = checkedFile {
    name = "smb.conf";
    text = smbConf;
    packages = [ cfg.package ];
    option = "services.samba.settings";
    check = ''
      folders=()
      for folder in lock state cache pid; do folders+=("--option=$folder directory=$PWD"); done
      if ! testparm --suppress-prompt "''${folders[@]}" "$file" > /dev/null 2> output \
        || grep -qiE 'unknown parameter|ignoring badly formed|^error' output; then
        cat output
        exit 1
      fi
    '';
  };

  daemon = name: part: {
    description = "Samba: ${name}";
    requiredBy = [ "samba.target" ];
    partOf = [ "samba.target" ];
    after = [ "network.target" ];
    unitConfig.RequiresMountsFor = "/var/lib/samba";
    restartTriggers = [ smbConf ];
    serviceConfig = {
      Type = "notify";
      ExecStart =
        "${cfg.package}/bin/${name} --foreground --no-process-group"
        + lib.concatMapStrings (arg: " ${utils.escapeSystemdExecArg arg}") part.extraArgs;
      ExecReload = "/bin/kill -HUP $MAINPID";
      LimitNOFILE = 16384;
      Slice = "system-samba.slice";
    };
  };

  part = default: description: {
    enable = mkOption {
      type = types.bool;
      inherit default description;
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments.";
    };
  };
  here = [ "services" "samba" ];
  renamed = old: new: lib.mkRenamedOptionModule (here ++ [ old ]) (here ++ new);
in
{
  imports = [
    (renamed "enableNmbd" [ "nmbd" "enable" ])
    (renamed "enableWinbindd" [ "winbindd" "enable" ])
    (renamed "invalidUsers" [ "settings" "global" "invalid users" ])
    (renamed "securityType" [ "settings" "global" "security" ])
    (renamed "shares" [ "settings" ])
    (lib.mkRemovedOptionModule
      (here ++ [ "defaultShare" ])
      "Declare a share in services.samba.settings instead."
    )
    (lib.mkRemovedOptionModule
      (here ++ [ "syncPasswordsByPam" ])
      "Samba has no module of PAM for that any more."
    )
  ];

  options.services.samba = {
    enable =
      lib.mkEnableOption "Samba, which serves files and printers to Windows and others by SMB";
    package = lib.mkPackageOption pkgs "samba" { };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the ports of Samba are open in the firewall.";
    };
    smbd = part true "Whether smbd runs, which serves files and printers.";
    nmbd = part true "Whether nmbd runs, which replies to requests for names of NetBIOS.";
    winbindd = part true "Whether winbindd runs, which knows the users of a domain.";
    nsswins = mkOption {
      type = types.bool;
      default = false;
      description = "Whether all programs find names of NetBIOS, by winbindd.";
    };
    usershares = {
      enable = lib.mkEnableOption "shares that users make themselves (`net usershare add`)";
      group = mkOption {
        type = types.str;
        default = "samba";
        description = "The group whose members may make shares.";
      };
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (types.attrsOf value);
        options.global = mkOption {
          type = types.submodule {
            freeformType = types.attrsOf value;
            options = {
              security = mkOption {
                type = types.enum [ "auto" "user" "domain" "ads" ];
                default = "user";
                description = "Who users are: those of the machine, or of a domain.";
              };
              "invalid users" = mkOption {
                type = types.listOf types.str;
                default = [ "root" ];
                description = "Users who may not log in.";
              };
              "passwd program" = mkOption {
                type = types.str;
                default = "/usr/bin/passwd %u";
                description = "The program that sets a user's password in the machine.";
              };
            };
          };
          default = { };
          description = "Settings of Samba itself.";
        };
      };
      default = { };
      example = {
        global."hosts allow" = "192.168.0.0/16";
        public = {
          path = "/srv/public";
          "read only" = true;
          "guest ok" = "yes";
        };
      };
      description =
        "The sections of smb.conf: `global`, and one for each share, with settings as in smb.conf(5).";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description =
        "Lines that are added to the section `global`. NixOS has removed the option; `settings` takes its place.";
    };
    configText = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description =
        "The text of smb.conf instead of all others. NixOS has removed the option; `settings` takes its place.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.nsswins -> cfg.winbindd.enable;
        message =
          "services.samba.nsswins needs services.samba.winbindd.enable, which is false. Set it to true.";
      }
    ];

    environment.systemPackages = [ cfg.package ];
    environment.etc."samba/smb.conf" = import ../../../lib/checked-etc.nix {
      inherit lib;
    } smbConf checked;

    system.basePackages = lib.optional cfg.nsswins "libnss-winbind";
    system.nssDatabases.hosts = mkIf cfg.nsswins (lib.mkOrder 1500 [ "wins" ]);
    security.pam.services.samba = { };

    services.samba.settings.global = mkIf cfg.usershares.enable (
      lib.mapAttrs (_: lib.mkDefault) {
        "usershare path" = "/var/lib/samba/usershares";
        "usershare max shares" = 100;
        "usershare allow guests" = true;
      }
    );

    users.groups =
      {
        sambashare = { };
        winbindd_priv = { };
      }
      // lib.optionalAttrs cfg.usershares.enable { ${cfg.usershares.group} = { }; };

    systemd.tmpfiles.rules =
      map (dir: "d ${dir} - - - - -") [
        "/var/lock/samba"
        "/var/cache/samba"
        "/var/lib/samba"
        "/var/lib/samba/private"
        "/run/samba"
      ]
      ++ [
        "d /var/log/samba 0750 root adm - -"
        "d /var/lib/samba/winbindd_privileged 0750 root winbindd_priv - -"
      ]
      ++ lib.optional cfg.usershares.enable (
        "d /var/lib/samba/usershares 1775 root ${text.word (at "usershares.group") cfg.usershares.group} - -"
      );

    systemd.slices.system-samba.description = "Samba";
    systemd.targets.samba = {
      description = "Samba";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
    };
    systemd.services = {
      samba-smbd = mkIf cfg.smbd.enable (
        lib.recursiveUpdate (daemon "smbd" cfg.smbd) {
          after = [ "network.target" "samba-nmbd.service" "samba-winbindd.service" ];
        }
      );
      samba-nmbd = mkIf cfg.nmbd.enable (daemon "nmbd" cfg.nmbd);
      samba-winbindd = mkIf cfg.winbindd.enable (daemon "winbindd" cfg.winbindd);
    };

    networking.firewall = mkIf cfg.openFirewall {
      allowedTCPPorts = [ 139 445 ];
      allowedUDPPorts = [ 137 138 ];
    };
  };
}
