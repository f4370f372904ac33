# import "${nixpkgs}/nixos" { configuration = ./configuration.nix; }: a system from one module.
{
  configuration,
  system ? builtins.currentSystem or "x86_64-linux",
}:

let
  evaluation = import ./lib/eval-config.nix {
    inherit system;
    modules = [ configuration ];
  };
in
{
  inherit (evaluation) pkgs config options;
  system = evaluation.config.system.build.toplevel;
}
