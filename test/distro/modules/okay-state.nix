# State apart from the system: what is mounted, what the initrd brings to its places, what activation gives to its owners.
let
  system = import ./system.inc;
  of = modules:
    let inherit (system modules) config lib;
    in {
      inherit (config.bootflake.state) enable mountPoint defaults kept;
      fileSystems = lib.mapAttrs (_: fs: { inherit (fs) device fsType options neededForBoot autoFormat autoResize label; })
        (removeAttrs config.fileSystems [ "/" ]);
      service = { inherit (config.boot.initrd.systemd.units."bring-state.service") requiredBy; };
      calls = builtins.filter (line: builtins.match "(begin|directory|owned|file|end)( .*)?" line != null)
        (lib.splitString "\n" config.boot.initrd.systemd.services.bring-state.script);
      owners = config.system.activationScripts.state.text or null;
      checked = lib.checkAssertWarn config.assertions [ ] "all assertions hold";
    };
in
{
  defaults = of { bootflake.state.enable = true; };
  ssh = (of { bootflake.state.enable = true; services.openssh.enable = true; }).calls;
  more = of { bootflake.state = { enable = true; directories = [ "/srv//www/" ]; files = [ "/etc/a b" "/var/lib/file" ];
    mountPoint = "/data"; }; };
  # As with impermanence, what is listed is all; but numbers last.
  persistence = of {
    users.users.tarn = { isNormalUser = true; password = ""; };
    environment.persistence."/persist" = {
      hideMounts = true;
      directories = [ "/var/log" { directory = "/var/lib/colord"; user = "colord"; group = "colord"; mode = "u=rwx,g=rx,o="; } ];
      files = [ "/etc/machine-id" { file = "/etc/nix/key"; parentDirectory.mode = "0700"; } ];
      users.tarn = { directories = [ "Documents" { directory = ".ssh"; mode = "0700"; } ]; files = [ ".screenrc" ".config/app/rc" ]; };
    };
  };
  both = (of { bootflake.state.enable = true; environment.persistence."/persist".directories = [ "/srv" ]; }).kept;
  # On a disk of the user's.
  own = of {
    bootflake.state.enable = false;
    fileSystems."/persist" = { device = "/dev/vdb"; fsType = "ext4"; neededForBoot = true; };
    environment.persistence."/persist".directories = [ "/var" ];
  };
  off = (system { }).config.bootflake.state.kept;
}
