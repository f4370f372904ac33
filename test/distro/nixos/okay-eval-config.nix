let
  system = import ./system.inc;
  out = { lib, ... }: { options.out = lib.mkOption { type = lib.types.attrsOf lib.types.unspecified; default = { }; }; };
  s = system [
    out
    ({ config, lib, pkgs, modulesPath, options, specialArgs, ... }: {
      system.stateVersion = "23.05";
      system.nixos.tags = [ "b" "a" ];
      out = {
        curl = pkgs.curl.name;
        inherit (pkgs) system;
        exists = builtins.pathExists "${toString modulesPath}/profiles/qemu-guest.nix" && builtins.pathExists
          "${modulesPath}/../lib/make-disk-image.nix";
        type = builtins.typeOf modulesPath;
      };
      lib.own.double = x: x * 2;
      meta.maintainers = [ "nobody" ];
    })
  ];
  more = s.extendModules { modules = [ { system.stateVersion = (import ../../../distro/lib).mkForce "24.05"; } ]; };
  overlay = system [ out ({ pkgs, ... }: { nixpkgs.overlays = [ (final: prev: { curl = prev.vim; }) ]; out.curl = pkgs.curl.name; }) ];
in
{
  inherit (s.config) out warnings;
  assertions = map (a: a.assertion) s.config.assertions;
  inherit (s.config.system) stateVersion nixos;
  double = s.config.lib.own.double 2;
  again = more.config.system.stateVersion;
  overlay = overlay.config.out;
  unsetVersion = overlay.config.warnings;
  result = builtins.attrNames s;
  pkgs = s.pkgs.curl.name;
}
