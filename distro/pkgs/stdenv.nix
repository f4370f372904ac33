# stdenv and compilers. The distribution has no build environment over Debian's compilers yet: every use throws an error.
{
  lib,
  self,
  platform,
}:

let
  release = self.debianRelease.suite;

  noSandbox =
    what: instead:
    throw ''
      ${what} runs a build, for which the Debian distribution has no stdenv yet.
      ${instead}'';

  elsewhere =
    "Use a package of Debian ${release}, or write files with pkgs.writeText, pkgs.writeShellScriptBin, pkgs.symlinkJoin or pkgs.linkFarm.";

  nameOf =
    args: if builtins.isAttrs args then args.name or args.pname or "a package" else "a package";
in
{
  stdenv = {
    type = "derivation";
    name = "stdenv-debian";
    outPath =
      throw "pkgs.stdenv has no store path: bootflake does not compile packages yet. ${elsewhere}";
    drvPath =
      throw "pkgs.stdenv has no derivation: bootflake does not compile packages yet. ${elsewhere}";
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
    inherit (platform) isLinux isDarwin isx86_64 isAarch64 is64bit system;
    cc = self.gcc;
    shell = self.runtimeShell;
    mkDerivation =
      args:
      noSandbox
        "pkgs.stdenv.mkDerivation (`${nameOf (if lib.isFunction args then { } else args)}')"
        elsewhere;
  };
  stdenvNoCC = self.stdenv;
  gccStdenv = self.stdenv;
  clangStdenv = self.stdenv;
  mkShell =
    args:
    noSandbox
      "pkgs.mkShell"
      "A shell for development has no use in a machine's image. Leave it out.";

  hostPlatform = platform;
  buildPlatform = platform;
  targetPlatform = platform;

  runCommand = name: env: script: noSandbox "pkgs.runCommand (`${name}')" elsewhere;
  runCommandLocal = name: env: script: noSandbox "pkgs.runCommandLocal (`${name}')" elsewhere;
  runCommandCC = name: env: script: noSandbox "pkgs.runCommandCC (`${name}')" elsewhere;
  runCommandWith = args: script: noSandbox "pkgs.runCommandWith (`${nameOf args}')" elsewhere;
  makeWrapper = noSandbox "pkgs.makeWrapper" "Write the wrapper with pkgs.writeShellScriptBin.";
  buildGoModule = args: noSandbox "pkgs.buildGoModule (`${nameOf args}')" elsewhere;
  rustPlatform.buildRustPackage =
    args: noSandbox "pkgs.rustPlatform.buildRustPackage (`${nameOf args}')" elsewhere;
  buildNpmPackage = args: noSandbox "pkgs.buildNpmPackage (`${nameOf args}')" elsewhere;
  applyPatches = args: noSandbox "pkgs.applyPatches (`${nameOf args}')" elsewhere;
  substituteAll = args: throw "pkgs.substituteAll has been removed. Use pkgs.replaceVars.";
  nixos =
    configuration:
    import ../nixos/lib/eval-config.nix {
      inherit lib;
      pkgs = self;
      inherit (platform) system;
      modules = lib.toList configuration;
    };
  nixosOptionsDoc =
    args:
    throw
      "pkgs.nixosOptionsDoc is not available. Use lib.optionAttrSetToDocList, which returns the options as data.";
}
