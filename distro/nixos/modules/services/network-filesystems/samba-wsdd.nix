# The machine is found by Windows, which looks for others by Web Services Discovery: wsdd, or wsdd2 where Debian has only that.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) orNullLike;
  cfg = config.services.samba-wsdd;
  isWsdd2 = cfg.package ? debianPackage && cfg.package.debianPackage == "wsdd2";

  flag = name: value: lib.optionals (value != null) [ name (toString value) ];
  arguments =
    if isWsdd2 then
      flag "-i" cfg.interface ++ flag "-N" cfg.hostname ++ flag "-G" cfg.workgroup
    else
      flag "--interface" cfg.interface
      ++ flag "--hoplimit" cfg.hoplimit
      ++ flag "--workgroup" cfg.workgroup
      ++ flag "--hostname" cfg.hostname
      ++ flag "--domain" cfg.domain
      ++ lib.optionals cfg.discovery [ "--discovery" "--listen" cfg.listen ]
      ++ cfg.extraOptions;

  # What wsdd2 has not.
  lacked = builtins.filter (option: option.set) [
    {
      name = "hoplimit";
      set = cfg.hoplimit != null;
    }
    {
      name = "domain";
      set = cfg.domain != null;
    }
    {
      name = "discovery";
      set = cfg.discovery;
    }
    {
      name = "listen";
      set = cfg.listen != "/run/wsdd/wsdd.sock";
    }
    {
      name = "extraOptions";
      set = cfg.extraOptions != [ "--shortlog" ];
    }
  ];
in
{
  options.services.samba-wsdd = {
    enable =
      lib.mkEnableOption "the reply to Windows' search for other machines (Web Services Discovery)";
    package = mkOption {
      type = types.package;
      default = pkgs.debianPackages.wsdd or pkgs.debianPackages.wsdd2;
      defaultText = lib.literalExpression "pkgs.debianPackages.wsdd2";
      description =
        "The package of wsdd; wsdd2 is another program, which does the same with fewer options.";
    };
    interface = orNullLike types.str "eth0" "The network interface or address; null for all.";
    hoplimit = orNullLike types.int 2 "How many routers its packets may pass.";
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the ports of Web Services Discovery are open in the firewall.";
    };
    workgroup = orNullLike types.str "HOME" "The name of the workgroup; null for WORKGROUP.";
    hostname =
      orNullLike types.str "FILESERVER" "The name that Windows shows; null for the machine's.";
    domain =
      orNullLike types.str "example" "The domain that the machine is in, instead of a workgroup.";
    discovery = mkOption {
      type = types.bool;
      default = false;
      description = "Whether other machines are looked for, too.";
    };
    listen = mkOption {
      type = types.str;
      default = "/run/wsdd/wsdd.sock";
      description = "The socket or local port at which those that were found can be asked for.";
    };
    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ "--shortlog" ];
      example = [ "--verbose" "--ipv4only" ];
      description = "Further arguments of wsdd.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = lib.optionals isWsdd2 (
      map (option: {
        assertion = false;
        message =
          "services.samba-wsdd.${option.name} is not an option of wsdd2, which Debian ${pkgs.debianRelease.suite} has instead of wsdd. "
          + "Remove the setting, or set services.samba-wsdd.package to nixpkgs' wsdd.";
      }) lacked
    );
    environment.systemPackages = [ cfg.package ];
    systemd.services.samba-wsdd = {
      description = "Web Services Discovery";
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig = hardening // {
        ExecStart =
          "${cfg.package}/bin/${if isWsdd2 then "wsdd2" else "wsdd"} ${utils.escapeSystemdExecArgs arguments}";
        DynamicUser = true;
        RuntimeDirectory = "wsdd";
        RuntimeDirectoryMode = "0750";
        UMask = "0027";
        CapabilityBoundingSet = "";
        NoNewPrivileges = true;
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateDevices = true;
        RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" "AF_NETLINK" ];
        MemoryDenyWriteExecute = true;
      };
    };
    networking.firewall = lib.mkIf cfg.openFirewall {
      allowedTCPPorts = [ 5357 ] ++ lib.optional isWsdd2 3702;
      allowedUDPPorts = [ 3702 ] ++ lib.optional isWsdd2 5355;
    };
  };
}
