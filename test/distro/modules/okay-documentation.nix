# Which documentation Debian's packages keep, and what reads it.
let
  facts = modules:
    let
      lib = import ../../../distro/lib;
      s = import ../../../distro/nixos/lib/eval-config.nix {
        inherit lib;
        system = "x86_64-linux";
        modules = [ { fileSystems."/".device = "/dev/vda"; fileSystems."/".fsType = "ext4"; system.stateVersion = "23.05"; } modules ];
        # The packages that these modules describe, of an archive without a network.
        baseModules = import ../../../distro/nixos/modules/module-list.nix ++ [{ nixpkgs.flake.source = lib.mkForce ../../../distro; }];
      };
    in
    { inherit (s.config.documentation) kept; timers = s.config.systemd.upstreamWants."timers.target"; };
  given = kind: (import ./system.inc { documentation.${kind}.enable = true; });
  excluded = config: (import ../../../distro/pkgs/debian-package.nix {
    lib = import ../../../distro/lib;
    inherit config;
    packages = { };
    archive = import ../pkgs/archive.inc { };
  } (import ../pkgs/archive.inc { }).packages.curl).deb.exclude;
in
{
  none = facts { };
  man = facts { documentation.man.enable = true; };
  caches = facts { documentation.man = { enable = true; generateCaches = true; }; };
  all = facts { documentation = { man.enable = true; info.enable = true; doc.enable = true; }; };
  off = facts { documentation = { enable = false; man.enable = true; }; };
  excluded = map excluded [ { } { documentation = [ "man" ]; } { documentation = [ "man" "doc" "info" ]; } { documentation = true; } ];
  # A set that is given is what it is.
  given = (builtins.tryEval (given "man").checked).success;
}
