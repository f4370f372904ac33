# nixpkgs' standard environment over stand-ins: `stdenvStages` of one stage, in which each package that nixpkgs would compile from fetched
# sources is replaced by what stands for it. Everything else (trivial builders, wrappers, hooks, environments, fetchers) is nixpkgs' own.
{ nixpkgs, standIns }:
{
  lib,
  localSystem,
  crossSystem,
  config,
  overlays,
  crossOverlays ? [ ],
}:

let
  inherit (standIns) standInFor;

  # What trivial builders make has its whole name: runCommand "dbus-1" is not D-Bus.
  nameOf = args: args.pname or (if args ? buildCommand then args.name else lib.getName args.name);
  isPackage = args: standIns.has (nameOf args) || args.src or null ? outputHash || args ? srcs;

  # mkDerivation's result for a package: the stand-in, with what nixpkgs says about the package.
  replace =
    stdenv: args:
    let
      drv = standInFor (nameOf args);
      outputs = lib.genAttrs (args.outputs or [ "out" ]) (_: drv);
    in
    removeAttrs args [ "override" "overrideAttrs" ]
    // drv
    // (args.passthru or { })
    // outputs
    // {
      inherit (drv) outPath drvPath type name;
      inherit stdenv;
      out = drv;
      outputs = [ "out" ];
      meta = args.meta or { };
      passthru = args.passthru or { };
      version = args.version or (lib.getVersion args.name);
      pname = nameOf args;
      overrideAttrs = f: replace stdenv (args // f args);
    }
    // (drv.facts or { });

  hooked =
    stdenv:
    let
      self = stdenv // {
        mkDerivation = args: if isPackage args then replace self args else stdenv.mkDerivation args;
        override = args: hooked (stdenv.override args);
      };
    in
    self;

  generic =
    cc:
    hooked (
      import (nixpkgs + "/pkgs/stdenv/generic") {
        name = if cc == null then "stdenv-no-cc-over-stand-ins" else "stdenv-over-stand-ins";
        buildPlatform = localSystem;
        hostPlatform = localSystem;
        targetPlatform = localSystem;
        inherit config cc;
        initialPath = map standInFor [
          "coreutils"
          "findutils"
          "diffutils"
          "gnused"
          "gnugrep"
          "gawk"
          "gnutar"
          "gzip"
          "bzip2"
          "gnumake"
          "bash"
          "patch"
          "xz"
        ];
        shell = "${standInFor "bash"}/bin/bash";
        # bash has read -N 0 as "nothing" since 5.0; nixpkgs had 4.4.
        setupScript = builtins.toFile "setup.sh" (
          builtins.replaceStrings [ "read -r -N 0 $1" ] [ "read -r -d '' $1" ] (
            builtins.readFile (nixpkgs + "/pkgs/stdenv/generic/setup.sh")
          )
        );
        extraNativeBuildInputs = lib.optional (cc != null) (standInFor "patchelf");
        fetchurlBoot = import (nixpkgs + "/pkgs/build-support/fetchurl/boot.nix") {
          inherit (localSystem) system;
        };
      }
    );

  noCC = generic null;
  binutils = import (nixpkgs + "/pkgs/build-support/bintools-wrapper") {
    name = "binutils-of-stand-ins";
    stdenvNoCC = noCC;
    libc = standInFor "glibc";
    bintools = standInFor "binutils";
    coreutils = standInFor "coreutils";
    gnugrep = standInFor "gnugrep";
    nativeTools = false;
    nativeLibc = false;
    buildPackages.stdenv = noCC;
  };
  gcc = import (nixpkgs + "/pkgs/build-support/cc-wrapper") {
    name = "gcc-of-stand-ins";
    stdenvNoCC = noCC;
    cc = standInFor "gcc" // { isGNU = true; };
    libc = standInFor "glibc";
    bintools = binutils;
    coreutils = standInFor "coreutils";
    gnugrep = standInFor "gnugrep";
    nativeTools = false;
    nativeLibc = false;
    buildPackages.stdenv = noCC;
  };
in
[
  (
    { }:
    {
      inherit config overlays;
      stdenv = generic gcc;
    }
  )
]
