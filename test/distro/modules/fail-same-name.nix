(import ./system.inc {
  users.users.a = { isNormalUser = true; name = "alice"; };
  users.users.alice.isNormalUser = true;
  users.users.off = { enable = false; name = "alice"; };
  users.groups.x.name = "y";
  users.groups.y = { };
  security.pam.services.again.name = "sshd";
  security.pam.services.sshd = { };
  security.wrappers.one = { program = "p"; owner = "root"; group = "root"; source = "/usr/bin/true"; };
  security.wrappers.two = { program = "p"; owner = "root"; group = "root"; source = "/usr/bin/false"; };
  networking.nftables.tables.one = { name = "t"; family = "inet"; content = ""; };
  networking.nftables.tables.two = { name = "t"; family = "inet"; content = ""; };
  networking.nftables.tables.three = { name = "t"; family = "ip"; content = ""; };
  boot.initrd.luks.devices.one = { device = "/dev/vdb"; name = "data"; };
  boot.initrd.luks.devices.two = { device = "/dev/vdc"; name = "data"; };
  networking.wireguard.interfaces = {
    wg0 = {
      privateKeyFile = "/key";
      peers = [
        { name = "bernd"; publicKey = "a"; allowedIPs = [ ]; }
        { name = "bernd"; publicKey = "b"; allowedIPs = [ ]; }
        { publicKey = "c"; allowedIPs = [ ]; }
        { publicKey = "c"; allowedIPs = [ "10.0.0.0/8" ]; }
      ];
    };
    wg1 = { privateKeyFile = "/key"; peers = [ { name = "bernd"; publicKey = "a"; allowedIPs = [ ]; } ]; };
  };
  virtualisation.oci-containers.containers = {
    one = { image = "one"; serviceName = "web"; };
    two = { image = "two"; serviceName = "web"; };
  };
}).checked
