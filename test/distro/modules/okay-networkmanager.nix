# NetworkManager beside systemd-networkd and alone, and wireless networks.
let
  systemOf = module: import ../options/system.inc {
    modules = [ { fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; }; system.stateVersion = "23.05"; } module ];
  };
  beside = systemOf ({ pkgs, ... }: {
    networking.networkmanager = {
      enable = true;
      wifi.powersave = true;
      ethernet.macAddress = "random";
      insertNameservers = [ "192.0.2.1" ];
      unmanaged = [ "type:bridge" ];
      dispatcherScripts = [ { source = "/a/script"; type = "pre-up"; } ];
      ensureProfiles.environmentFiles = [ "/run/x" ];
      ensureProfiles.profiles.home = { connection = { id = "home"; type = "wifi"; }; wifi.ssid = "H"; wifi-security.psk = "$PSK"; };
    };
    networking.interfaces.eth1.ipv4.addresses = [ { address = "10.0.0.2"; prefixLength = 24; } ];
  });
  alone = systemOf { networking.networkmanager = { enable = true; dns = "default"; wifi.backend = "iwd"; }; };
  wireless = systemOf {
    networking.wireless = {
      enable = true;
      secretsFile = "/run/secrets";
      userControlled.enable = true;
      networks = {
        "a \"b\"".pskRaw = "ext:home";
        plain = { psk = "a passphrase"; authProtocols = [ "WPA-PSK" ]; hidden = true; priority = 3; };
        office.auth = "eap=PEAP\npassword=ext:office\n";
        open = { };
      };
    };
  };
  facts = s: {
    conf = s.config.environment.etc."NetworkManager/NetworkManager.conf".text;
    networkd = s.config.systemd.network.enable;
    resolved = s.config.services.resolved.enable;
  };
in
{
  beside = facts beside // {
    inherit (beside.config.environment.etc."NetworkManager/dispatcher.d/pre-up.d/03userscript0001") source mode;
    resolved = beside.config.environment.etc."systemd/resolved.conf".text;
    profiles = beside.config.systemd.units."NetworkManager-ensure-profiles.service".text;
  };
  alone = facts alone;
  wireless = wireless.config.environment.etc."wpa_supplicant/nixos.conf".text;
  unit = wireless.config.systemd.services.wpa_supplicant.script;
}
