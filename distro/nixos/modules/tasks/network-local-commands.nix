# networking.localCommands: commands that are run when the interfaces are there.
{ config, lib, ... }:

{
  options.networking.localCommands = lib.mkOption {
    type = lib.types.lines;
    default = "";
    example = "ip rule add from 10.0.0.0/8 lookup 10";
    description =
      "Commands of a shell that are run as root when systemd-networkd has started. Addresses from DHCP may come later.";
  };

  config = lib.mkIf (config.networking.localCommands != "") {
    systemd.services.network-local-commands = {
      description = "Extra networking commands.";
      wantedBy = [ "network.target" ];
      before = [ "network.target" ];
      after = [ "network-pre.target" "systemd-networkd.service" ];
      bindsTo = [ "systemd-networkd.service" ];
      unitConfig.ConditionCapability = "CAP_NET_ADMIN";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = config.networking.localCommands;
    };
  };
}
