# A system from modules: what lib.nixosSystem calls. Arguments and result as in NixOS.
{
  # The platform, where no module sets nixpkgs.hostPlatform.
  system ? builtins.currentSystem or null
  # A package set to take instead of the one that nixpkgs.* describe.
, pkgs ? null
, modules
, baseModules ? import ../modules/module-list.nix
, extraModules ? [ ]
  # Arguments that are known before any module is: they may be used in `imports`.
, specialArgs ? { }
  # Arguments that modules may also set by `_module.args`.
, extraArgs ? { }
, modulesLocation ? null
, check ? true
, prefix ? [ ]
, lib ? import ../../lib
, source ? ../..
}:

let
  modulesPath = toString ../modules;

  located = if modulesLocation == null then modules else map (lib.setDefaultModuleLocation modulesLocation) modules;

  given = {
    _file = ./eval-config.nix;
    key = toString ./eval-config.nix;
    config = {
      nixpkgs = {
        flake.source = lib.mkDefault source;
      } // lib.optionalAttrs (system != null) { system = lib.mkDefault system; }
      // lib.optionalAttrs (pkgs != null) { pkgs = lib.mkForce pkgs; };
      _module = { check = lib.mkDefault check; } // lib.optionalAttrs (extraArgs != { }) { args = extraArgs; };
    };
  };

  evaluation = lib.evalModules {
    inherit prefix;
    class = "nixos";
    modules = baseModules ++ extraModules ++ [ given ] ++ located;
    specialArgs = { inherit modulesPath; } // specialArgs;
  };
in
evaluation // {
  inherit extraArgs lib;
  inherit (evaluation._module.args) pkgs;
}
