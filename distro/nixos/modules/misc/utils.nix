# The module argument `utils`, with the functions that modules of NixOS use.
{ config, lib, ... }:

let
  escape = import ../../lib/systemd-escape.nix { inherit lib; };
  inherit (import ../../lib/formats { inherit lib; }) systemd;

  utils = rec {
    inherit (escape)
      escapeSystemdExecArg
      escapeSystemdExecArgs
      escapeSystemdExecWords
      escapeSystemdPath
      escapeSystemdString
      ;

    /* The path of a shell, given as a path or a package. */
    toShellPath =
      shell:
      if lib.isDerivation shell then
        "${shell}${shell.passthru.shellPath or "/bin/${shell.meta.mainProgram or shell.pname}"}"
      else
        shell;

    /* The packages whose names are not among those of `excluded`. */
    removePackagesByName =
      packages: excluded:
      let
        names = map lib.getName excluded;
      in
      builtins.filter (p: !(builtins.elem (lib.getName p) names)) packages;

    /* Whether a package is one of Debian's, or several of them: its files are in the merged tree. */
    isDebianPackage = import ../../../pkgs/is-debian.nix;

    /* Mount points that must be there before systemd starts. */
    pathsNeededForBoot = [
      "/"
      "/nix"
      "/nix/store"
      "/var"
      "/var/log"
      "/var/lib"
      "/var/lib/nixos"
      "/etc"
      "/usr"
    ];
    fsNeededForBoot = fs: fs.neededForBoot || builtins.elem fs.mountPoint pathsNeededForBoot;

    /* Settings of systemd as text: the lines of a section, or sections, as { Unit.After = [ "a" "b" ]; }. */
    systemdUtils.lib =
      let
        at = {
          option = "a setting given to utils.systemdUtils";
          file = "a unit";
        };
      in
      {
        attrsToSection = systemd.attrsToSection at;
        settingsToSections = systemd.settingsToText at;
      };

    disablePackageByName =
      package: packages: builtins.filter (p: lib.getName p != lib.getName package) packages;
  };
in
{
  _module.args.utils = utils;
}
