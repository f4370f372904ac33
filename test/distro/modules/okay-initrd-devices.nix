# What an initrd needs of Debian for arrays, logical volumes, devices with hashes and a network, and the files that it gets.
let
  system = import ./system.inc;
  initrd = modules: (system modules).config.boot.initrd;
  needs = modules:
    let i = initrd modules;
    in { inherit (i) needsSystemd kernelModules deviceMapper; inherit (i.systemd) enable packages; };
  texts = modules: names:
    let inherit (system modules) lib config;
    in lib.genAttrs names (name: config.boot.initrd.systemd.contents.${name}.text);
  network = {
    boot.initrd.network.enable = true;
    networking.interfaces.lan.ipv4.addresses = [ { address = "192.0.2.2"; prefixLength = 24; } ];
  };
  ssh.boot.initrd.network = {
    enable = true;
    ssh = {
      enable = true;
      port = 2222;
      hostKeys = [ ./system.inc ./system.inc ];
      authorizedKeys = [ "ssh-ed25519 AAAA me" ];
      extraConfig = "MaxAuthTries 2\n";
    };
  };
in
{
  array = needs { boot.swraid = { enable = true; mdadmConf = "ARRAY /dev/md/data UUID=1:2:3:4"; }; };
  lines = texts { boot.swraid = { enable = true; mdadmConf = "ARRAY /dev/md/data UUID=1:2:3:4"; }; } [ "/etc/mdadm.conf" ];
  # Ends with an error where nobody gets its messages.
  monitor = map (mdadmConf: !(builtins.elem "mdmonitor.service"
      (system { boot.swraid = { enable = true; inherit mdadmConf; }; }).config.systemd.suppressedSystemUnits))
    [ "" "MAILADDR root\n" "ARRAY /dev/md0\nPROGRAM /bin/true" ];
  volumes = needs { boot.initrd.services.lvm.enable = true; };
  thin = needs { boot.initrd.services.lvm.enable = true; services.lvm.boot.thin.enable = true; };
  # In the system alone.
  later = needs { services.lvm.enable = true; };
  packages = builtins.filter (p: p == "lvm2") (system { services.lvm.enable = true; }).config.system.basePackages;
  hashes = needs { boot.initrd.systemd.dmVerity.enable = true; };
  network = needs network // { inherit ((initrd network).systemd.network.wait-online) enable; };
  files = texts network [ "/etc/systemd/network/40-lan.network" "/etc/systemd/network/99-ethernet-default-dhcp.network" "/etc/passwd" ];
  # Of the initrd alone.
  own = texts {
    boot.initrd.systemd.network = {
      enable = true;
      networks."10-lan" = { name = "en*"; DHCP = "ipv4"; };
      config.Network.SpeedMeter = true;
      wait-online.timeout = 9;
    };
  } [ "/etc/systemd/network/10-lan.network" "/etc/systemd/networkd.conf" ];
  online = (initrd { boot.initrd.systemd.network = { enable = true; wait-online.timeout = 9; }; }).systemd.units
    ."systemd-networkd-wait-online.service".text;
  ssh = texts ssh [ "/etc/ssh/sshd_config" "/etc/ssh/authorized_keys.d/root" ];
  users = texts { imports = [ ssh ]; boot.initrd.systemd.users.root.shell = "/bin/systemd-tty-ask-password-agent"; } [ "/etc/passwd" ];
  keys = builtins.attrNames (initrd ssh).secrets;
}
