# Evaluates a system from modules; lib.nixosSystem calls this. Arguments and result are NixOS's.
{
  # The platform, unless a module sets nixpkgs.hostPlatform.
  system ? builtins.currentSystem or null,
  # A package set to use instead of that from the nixpkgs options.
  pkgs ? null,
  modules,
  baseModules ? import ../modules/module-list.nix,
  extraModules ? [ ],
  # Module arguments that can be used in `imports`.
  specialArgs ? { },
  # Module arguments that modules can also set with `_module.args`.
  extraArgs ? { },
  modulesLocation ? null,
  check ? true,
  prefix ? [ ],
  lib ? import ../../lib,
  source ? ../..,
}:

let
  modulesPath = toString ../modules;

  located =
    if modulesLocation == null then
      modules
    else
      map (lib.setDefaultModuleLocation modulesLocation) modules;

  given = {
    _file = ./eval-config.nix;
    key = toString ./eval-config.nix;
    config = {
      nixpkgs =
        {
          flake.source = lib.mkDefault source;
        }
        // lib.optionalAttrs (system != null) { system = lib.mkDefault system; }
        // lib.optionalAttrs (pkgs != null) { pkgs = lib.mkForce pkgs; };
      _module = {
        check = lib.mkDefault check;
        args = { inherit noUserModules; } // extraArgs;
      };
    };
  };

  # The hint for an option that NixOS may have and this distribution lacks.
  adviseUnknown =
    loc:
    let
      path = lib.drop (builtins.length prefix) loc;
      name = lib.last path;
      import' =
        "or import a module of nixpkgs that declares it (nixosModules.fromNixpkgs, docs/nixos-modules.md).";
      advice = {
        services =
          "There is no module for it: describe the service with `systemd.services.${name}', ${import'}";
        programs =
          "There is no module for it: add the package to `environment.systemPackages', ${import'}";
      };
    in
    if builtins.length path == 2 then advice.${builtins.head path} or null else null;

  evaluate =
    modules:
    lib.evalModules {
      inherit prefix adviseUnknown;
      class = "nixos";
      modules = baseModules ++ extraModules ++ [ given ] ++ modules;
      specialArgs = { inherit modulesPath; } // specialArgs;
    };

  # For specialisations that do not have the system's configuration.
  noUserModules = evaluate [ ];
  evaluation = evaluate located;
in
evaluation
// {
  inherit extraArgs lib;
  inherit (evaluation._module.args) pkgs;
}
