# Homepage: a page with links to services. Debian has no package of it: services.homepage-dashboard.package is the user's to give.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) lines;
  cfg = config.services.homepage-dashboard;
  yaml = pkgs.formats.yaml { };

  file =
    default: description:
    mkOption {
      type = yaml.type;
      inherit default description;
    };
  files = {
    inherit (cfg) bookmarks docker kubernetes proxmox services settings widgets;
  };
in
{
  options.services.homepage-dashboard = {
    enable = lib.mkEnableOption "Homepage, a page with links to services";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.homepage-dashboard.package";
      name = "homepage-dashboard";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets connections to the port pass.";
    };
    listenPort = mkOption {
      type = types.port;
      default = 8082;
      description = "The port it listens on.";
    };
    allowedHosts = mkOption {
      type = types.str;
      default = "localhost:8082,127.0.0.1:8082";
      example = "home.example.org";
      description = "Names under which it is reached, separated by commas.";
    };
    environmentFile = mkOption {
      type = types.str;
      default = "";
      description = "The former name of the single entry of `environmentFiles`.";
    };
    environmentFiles = mkOption {
      type = types.listOf lineTypes.machineFile;
      default = [ ];
      description =
        "Files of the machine's with lines NAME=value. HOMEPAGE_VAR_NAME is for {{HOMEPAGE_VAR_NAME}} in the configuration.";
    };
    customCSS = lines "A style sheet.";
    customJS = lines "A script.";
    bookmarks = file [ ] "Bookmarks.";
    services = file [ ] "Services.";
    widgets = file [ ] "Widgets.";
    kubernetes = file { } "How Kubernetes is reached.";
    docker = file { } "How Docker is reached.";
    proxmox = file { } "How Proxmox is reached.";
    settings = file { } "Settings.";
  };

  config = lib.mkIf cfg.enable {
    networking.firewall.allowedTCPPorts = lib.optional cfg.openFirewall cfg.listenPort;
    environment.etc =
      lib.mapAttrs' (
        name: value:
        lib.nameValuePair "homepage-dashboard/${name}.yaml" {
          source = yaml.generate "${name}.yaml" value;
        }
      ) files
      // {
        "homepage-dashboard/custom.css".text = cfg.customCSS;
        "homepage-dashboard/custom.js".text = cfg.customJS;
      };
    systemd.services.homepage-dashboard = {
      description = "Page with links to services";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ (builtins.toJSON files) cfg.customCSS cfg.customJS ];
      environment = {
        HOMEPAGE_CONFIG_DIR = "/etc/homepage-dashboard";
        NIXPKGS_HOMEPAGE_CACHE_DIR = "/var/cache/homepage-dashboard";
        PORT = toString cfg.listenPort;
        LOG_TARGETS = "stdout";
        HOMEPAGE_ALLOWED_HOSTS = cfg.allowedHosts;
      };
      serviceConfig = {
        Type = "simple";
        DynamicUser = true;
        EnvironmentFile =
          lib.optional (cfg.environmentFile != "") cfg.environmentFile ++ cfg.environmentFiles;
        StateDirectory = "homepage-dashboard";
        CacheDirectory = "homepage-dashboard";
        ExecStart = lib.getExe cfg.package;
        Restart = "on-failure";
        # JavaScript is compiled in memory.
        MemoryDenyWriteExecute = false;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "strict";
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
      };
    };
  };
}
