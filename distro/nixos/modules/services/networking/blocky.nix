# blocky, a DNS server that blocks advertisements. Debian has no package of it: `package' is another one.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.blocky;
  yaml = pkgs.formats.yaml { };
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  content = builtins.toJSON cfg.settings + "\n";
  file =
    if cfg.enableConfigCheck then
      checkedFile {
        name = "config.yaml";
        text = content;
        packages = [ cfg.package ];
        option = "services.blocky.settings";
        check = ''blocky --config "$file" validate'';
      }
    else
      pkgs.writeText "config.yaml" content;
in
{
  options.services.blocky = {
    enable =
      lib.mkEnableOption
        "blocky, a DNS server that blocks advertisements. Debian does not have it: set `package`";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.blocky.package";
      name = "blocky";
    };
    settings = mkOption {
      type = types.attrsOf yaml.type;
      default = { };
      example = {
        upstreams.groups.default = [ "1.1.1.1" ];
      };
      description = "The configuration, as blocky's documentation has it.";
    };
    enableConfigCheck = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the configuration is checked while building.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    systemd.services.blocky = {
      description = "blocky, a DNS server";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      serviceConfig = {
        DynamicUser = true;
        ExecStart = "${cfg.package}/bin/blocky --config ${file}";
        Restart = "on-failure";
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
        CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
        StateDirectory = "blocky";
        RuntimeDirectory = "blocky";
        LockPersonality = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        ProtectHome = true;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" "AF_NETLINK" ];
      };
    };
  };
}
