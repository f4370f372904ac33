let
  system =
    modules:
    import ../options/system.inc {
      modules = [
        {
          fileSystems."/" = {
            device = "/dev/vda";
            fsType = "ext4";
          };
          system.stateVersion = "25.11";
        }
      ] ++ modules;
    };
  inherit (system [
    {
      services.openssh.enable = true;
      services.avahi = {
        enable = true;
        nssmdns4 = true;
        allowInterfaces = [ "eth0" "eth1" ];
        publish = {
          enable = true;
          addresses = true;
        };
        extraServiceFiles.web = "<service-group></service-group>";
      };
      services.fail2ban = {
        enable = true;
        ignoreIP = [ "192.0.2.0/24" ];
        bantime-increment = {
          enable = true;
          maxtime = "48h";
        };
        jails.nginx-http-auth = "port = http";
        jails.own = {
          filter.Definition.failregex = "one <HOST>\ntwo <HOST>\n";
          settings.maxretry = 9;
        };
      };
      services.samba = {
        enable = true;
        openFirewall = true;
        invalidUsers = [ "root" "x" ];
        extraConfig = "server string = here\n";
        shares.public = {
          path = "/srv/public";
          "guest ok" = true;
          "valid users" = [ "a" "b" ];
        };
      };
    }
  ])
    config
    ;
  inherit (config.environment) etc;
in
{
  avahi = etc."avahi/avahi-daemon.conf".text;
  avahiService = etc."avahi/services/web.service".mode;
  hosts = config.system.nssDatabases.hosts;
  jails = etc."fail2ban/jail.local".text;
  filter = etc."fail2ban/filter.d/nixos-own.local".text;
  daemon = etc."fail2ban/fail2ban.local".text;
  samba = etc."samba/smb.conf".text;
  smbd = config.systemd.units."samba-smbd.service".text;
  ports = { inherit (config.networking.firewall) allowedTCPPorts allowedUDPPorts; };
}
