# Prometheus and what is around it: the units, and the files that they read.
let
  lib = import ../../../distro/lib;
  system = import ../options/system.inc {
    modules = [
      {
        fileSystems."/" = { device = "/dev/vda"; fsType = "btrfs"; };
        system.stateVersion = "25.11";
        networking.hostId = "8425e349";
        networking.firewall.enable = true;
        services.prometheus = {
          enable = true;
          retentionTime = "30d";
          # The check is a build in a sandbox, which real Nix does not know.
          checkConfig = false;
          scrapeConfigs = [
            {
              job_name = "node";
              static_configs = [ { targets = [ "localhost:9100" ]; } ];
              relabel_configs = [ { source_labels = [ "__address__" ]; target_label = "instance"; } ];
            }
          ];
          exporters.node = {
            enable = true;
            enabledCollectors = [ "systemd" ];
            extraFlags = [ "--collector.filesystem.mount-points-exclude ^/(dev|proc)" ];
            openFirewall = true;
            firewallFilter = "-i eth0 -s 10.0.0.0/8 -p tcp -m tcp --dport 9100";
          };
          exporters.redis = { enable = true; openFirewall = true; };
          exporters.process = { enable = true; openFirewall = true; firewallRules = "iifname eth1 tcp dport 9256 accept"; };
        };
        services.smartd = {
          enable = true;
          notifications.mail = { enable = true; recipient = "ops@example.org"; };
          devices = [ { device = "/dev/sda"; options = "-d sat"; } ];
        };
        services.btrfs.autoScrub.enable = true;
        services.fstrim.enable = true;
        systemd.oomd.enableRootSlice = true;
        systemd.sleep.settings.Sleep.AllowSuspend = false;
        zramSwap = { enable = true; memoryMax = 1073741824; };
      }
    ];
  };
  inherit (system) config;
  # Without the digests of store paths.
  digest = "/nix/store/[a-z0-9]{32}-";
  short = value:
    if lib.isString value then lib.concatStringsSep "/nix/store/" (builtins.filter lib.isString (builtins.split digest value)) else value;
in
{
  units = lib.genAttrs [ "prometheus" "prometheus-node-exporter" "btrfs-scrub--" ] (
    name:
    lib.mapAttrs (_: short) (
      lib.getAttrs (builtins.filter (n: config.systemd.services.${name}.serviceConfig ? ${n}) [
        "ExecStart"
        "User"
        "DynamicUser"
        "StateDirectory"
        "RestrictAddressFamilies"
      ]) config.systemd.services.${name}.serviceConfig
    )
  );
  groups = lib.mapAttrs (_: u: u.group) (
    lib.filterAttrs (n: _: lib.hasPrefix "prometheus" n || lib.hasSuffix "-exporter" n) config.users.users
  );
  firewall = { inherit (config.networking.firewall) allowedTCPPorts extraInputRules; };
  etc = lib.genAttrs [ "systemd/zram-generator.conf" "systemd/sleep.conf" ] (
    name: config.environment.etc.${name}.text
  );
  timers = lib.genAttrs [ "fstrim" "btrfs-scrub--" ] (name: config.systemd.timers.${name}.timerConfig);
  slice = config.systemd.units."-.slice".text;
  hostId = config.system.activationScripts.hostId.text;
}
