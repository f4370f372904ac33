# The package set: every binary package of the suite by its Debian name, nixpkgs' names where they differ, and builders.
{
  # The distribution's source tree; archive.json in it names the suite and its state.
  source ? ../.,
  system ? "x86_64-linux",
  config ? { },
  overlays ? [ ],
  lib ? import ../lib,
  # Whether the packages were checked where they were mentioned: `config` does not say which unfree ones are allowed.
  unfreeChecked ? false,
  # { suite, packages, providers, resolve, components, allComponents }: see debian-package.nix and components.nix.
  archive ? null,
  ...
}@args:

let
  platform = (import ./platform.nix { inherit lib; }).elaborate system;

  given = if lib.isFunction config then config { inherit lib; } else config;
  fullConfig = {
    allowUnfree = builtins.getEnv "NIXPKGS_ALLOW_UNFREE" == "1";
    allowBroken = false;
    allowAliases = true;
    permittedInsecurePackages = [ ];
    inherit unfreeChecked;
  } // given;

  archive =
    if args.archive or null != null then
      args.archive
    else
      builtins.debianArchive {
        inherit source;
        repositories = import ./repositories.nix { inherit lib; } (
          fullConfig.debian.repositories or { }
        );
      };

  mkPackage = import ./debian-package.nix {
    inherit lib archive;
    config = fullConfig;
    packages = mainPackages;
  };
  mainPackages = builtins.mapAttrs (_: mkPackage) archive.packages;

  components = import ./components.nix {
    inherit lib archive mainPackages;
    config = fullConfig;
  };
  debianPackages = mainPackages // components.visible;

  # The set's own attributes, which are not packages.
  base = self: {
    _type = "pkgs";
    inherit lib system overlays;
    config = fullConfig;
    path = ../.;

    inherit debianPackages;
    inherit (components) debOf;
    debianArchive = archive;
    debianRelease = import ./releases.nix { inherit lib; } archive.suite;

    callPackage = lib.callPackageWith self;
    callPackages = lib.callPackagesWith self;
    newScope = extra: lib.callPackageWith (self // extra);
    pkgs = self;
    buildPackages = self;
    targetPackages = self;
    pkgsHostTarget = self;

    appendOverlays =
      more: if more == [ ] then self else import ./. (args // { overlays = overlays ++ more; });
    extend = overlay: self.appendOverlays [ overlay ];
  };

  sets = self: [
    (import ./stdenv.nix {
      inherit lib self platform;
      inherit (components) archive;
    })
    (import ./trivial-builders.nix { inherit lib self; })
    (import ./fetchers.nix { inherit lib self; })
    (import ./node { inherit lib self; })
    (import ./go { inherit lib self; })
    (import ./rust { inherit lib self; })
    (import ./debian-tree.nix {
      inherit lib self;
      inherit (components) archive;
    })
    (import ./docker-tools.nix { inherit lib self; })
    (import ./testers.nix { inherit lib self source; })
    (import ./own-programs.nix { inherit self; })
    components.notPinned
    (import ./firmware.nix { inherit lib self components; })
    (import ./names.nix { inherit lib self archive; })
    (import ./nginx.nix { inherit lib self archive; })
    (base self)
  ];

  packageOverrides = lib.optional (fullConfig ? packageOverrides) (
    final: prev: fullConfig.packageOverrides prev
  );

  # The changes of all overlays in one set, so that the large set is merged only once.
  changes = lib.composeManyExtensions (packageOverrides ++ overlays);

  self =
    let
      own = builtins.foldl' (a: b: a // b) { } (sets self);
      prev = debianPackages // own;
    in
    if packageOverrides == [ ] && overlays == [ ] then prev else prev // changes self prev;
in
self
