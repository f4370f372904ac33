# nixosModules.fromNixpkgs: the modules of a tree of nixpkgs that the distribution has not itself.
let
  lib = import ../../../distro/lib;
  tree = ./nixpkgs-tree;
  from = import ../../../distro/nixos/lib/from-nixpkgs.nix { inherit lib; } tree;
  imported = import ./system.inc { imports = [ from ]; };
  with' = config: import ./system.inc { imports = [ from config ]; };
  used = with' {
    services.hello.enable = true;
  };
  plain = import ./system.inc { };
  tables = import ../../../distro/nixos/lib/nixpkgs-modules.nix;
  modules = ../../../distro/nixos/modules;
  ours = map (file: lib.removePrefix "${toString modules}/" (toString file)) (import (modules + "/module-list.nix"));
in
{
  # What stands in for a file of theirs is there, and none is left out twice.
  replacedByNothing = lib.subtractLists ours (lib.attrValues tables.replaced);
  leftOutTwice = lib.intersectLists ours (lib.attrNames tables.replaced ++ tables.meaningless);
  # Without a setting, the machine is the one that it was.
  changesNothing = map (f: f imported.config == f plain.config) [
    (c: lib.mapAttrs (_: file: file.text) c.environment.etc)
    (c: lib.mapAttrs (_: unit: unit.text) c.systemd.units)
    (c: c.system.build.usersSpec)
    (c: lib.attrNames c.systemd.units)
  ];
  ids = { inherit (used.config.ids.uids) root messagebus hello other sshd; };
  user = { inherit (used.config.users.users.hello) uid group isSystemUser; };
  other = used.config.users.users.other.uid;
  unit = (used.units [ "hello.service" ])."hello.service".text;
  wrappers = used.config.systemd.services.suid-sgid-wrappers.script;
  mounts = map (m: { inherit (m) where what type options; }) used.config.systemd.mounts;
  fonts = (with' { fonts.fontconfig.enable = true; }).config.environment.etc.fonts.text;
  script =
    (builtins.head (used.config.services.hello.script.drvAttrs.entries or [ used.config.services.hello.script.drvAttrs ])).text or "?";
  inherit (imported.config) written;
  debianGroups = plain.config.users.groups ? hello || !(plain.config.users.groups ? messagebus);
}
