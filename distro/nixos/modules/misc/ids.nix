# Ids of system accounts. Those of base-passwd are fixed in Debian. The others get any free id from maintainer scripts there, and a
# fixed one here, so that they are the same on every machine.
{ lib, ... }:

let
  table =
    description:
    lib.mkOption {
      type = lib.types.attrsOf lib.types.int;
      internal = true;
      inherit description;
    };
in
{
  options.ids = {
    uids = table "The user ids of system accounts.";
    gids = table "The group ids of system accounts.";
  };

  config.ids = {
    uids = {
      root = 0;
      daemon = 1;
      bin = 2;
      sys = 3;
      sync = 4;
      games = 5;
      man = 6;
      lp = 7;
      mail = 8;
      news = 9;
      uucp = 10;
      proxy = 13;
      www-data = 33;
      backup = 34;
      list = 38;
      irc = 39;
      _apt = 42;
      messagebus = 101;
      systemd-network = 102;
      systemd-resolve = 103;
      systemd-timesync = 104;
      sshd = 105;
      polkitd = 106;
      nobody = 65534;
    };
    gids = {
      root = 0;
      daemon = 1;
      bin = 2;
      sys = 3;
      adm = 4;
      tty = 5;
      disk = 6;
      lp = 7;
      mail = 8;
      news = 9;
      uucp = 10;
      man = 12;
      proxy = 13;
      kmem = 15;
      dialout = 20;
      fax = 21;
      voice = 22;
      cdrom = 24;
      floppy = 25;
      tape = 26;
      sudo = 27;
      audio = 29;
      dip = 30;
      www-data = 33;
      backup = 34;
      operator = 37;
      list = 38;
      irc = 39;
      src = 40;
      shadow = 42;
      utmp = 43;
      video = 44;
      sasl = 45;
      plugdev = 46;
      staff = 50;
      games = 60;
      users = 100;
      messagebus = 101;
      systemd-network = 102;
      systemd-resolve = 103;
      systemd-timesync = 104;
      _ssh = 105;
      polkitd = 106;
      systemd-journal = 107;
      input = 108;
      kvm = 109;
      render = 110;
      sgx = 111;
      clock = 112;
      wheel = 120;
      nogroup = 65534;
    };
  };
}
