# Specialisations: each a system of its own, with the parent's configuration or without, and an entry in the boot menu.
let
  lib = import ../../../distro/lib;
  system =
    module:
    import ../options/system.inc {
      # Of all systems here: real Nix cannot compute the packages of one.
      baseModules = import ../../../distro/nixos/modules/module-list.nix ++ [
        {
          system.build.tree = lib.mkForce "/tree";
          users.ofPackages = lib.mkForce { users = { }; groups = [ ]; };
        }
      ];
      modules = [
        {
          fileSystems."/" = {
            device = "/dev/vda";
            fsType = "ext4";
          };
          system.stateVersion = "23.05";
          networking.hostName = "parent";
        }
        module
      ];
    };
  inherit (system {
    environment.etc.parents.text = "parent";
    specialisation = {
      child.configuration = {
        boot.kernelParams = [ "quiet" ];
        # Left out.
        specialisation.grandchild.configuration = { };
      };
      other = {
        inheritParentConfig = false;
        configuration = {
          fileSystems."/" = {
            device = "/dev/vdb";
            fsType = "ext4";
          };
          networking.hostName = "other";
          boot.loader.grub.configurationName = "Another one";
          system.switch.enable = false;
        };
      };
    };
  })
    config
    ;
  entries = config: map (entry: entry.path) config.system.build.toplevel.entries;
  children = lib.mapAttrs (_: child: child.configuration) config.specialisation;
in
{
  titles = builtins.filter (line: lib.hasPrefix "menuentry" line) (
    lib.splitString "\n" config.system.build.grubConfig
  );
  starts = lib.mapAttrs (
    _: child: lib.hasInfix "init=${child.system.build.toplevel}/init" config.system.build.grubConfig
  ) children;
  entries = lib.filter (path: lib.hasInfix "/" path || path == "boot-menu") (entries config);
  inChildren = lib.mapAttrs (
    _: child: lib.filter (path: lib.hasInfix "/" path || path == "boot-menu") (entries child)
  ) children;
  hosts = lib.mapAttrs (_: child: child.networking.hostName) children;
  inherits = lib.mapAttrs (_: child: child.environment.etc ? parents) children;
  quiet = lib.mapAttrs (_: child: lib.elem "quiet" child.boot.kernelParams) children;
  isOwn = !(lib.elem "quiet" config.boot.kernelParams);
}
