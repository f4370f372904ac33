# Documentation. Unpacking Debian's packages leaves it out. Packages that keep it are other store paths, so enabling it unpacks all
# packages again.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.documentation;

  kept = builtins.filter (kind: cfg.enable && cfg.${kind}.enable) [ "man" "info" "doc" ];
  hasMan = lib.elem "man" kept;
in
{
  options.documentation = {
    enable =
      flag
        true
        "Whether to install the documentation that the options below select. If not, none is installed.";
    man = {
      enable =
        flag
          false
          "Whether to install `man` and the manual pages of packages. NixOS has them by default.";
      generateCaches =
        flag false "Whether to update daily the index that `apropos` and `whatis` search.";
    };
    info.enable = flag false "Whether to install `info` and the GNU info manuals of packages.";
    doc.enable = flag false "Whether to install the files of packages in /usr/share/doc.";
    dev.enable = flag false ''
      Whether the manual pages of the C library and the kernel's interfaces are there, if `documentation.man.enable` is set. Debian's
      packages with headers have the others.
    '';
    nixos.enable =
      flag
        false
        "Not available: there is no manual of NixOS. `bootflake --help` and the reference of options serve instead.";
    kept = mkOption {
      type = types.listOf types.str;
      internal = true;
      readOnly = true;
      default = kept;
      description = "The kinds of documentation that packages keep: man, info, doc.";
    };
  };

  config = {
    environment.systemPackages =
      with pkgs.debianPackages;
      lib.optionals hasMan ([ man-db manpages ] ++ lib.optional cfg.dev.enable manpages-dev)
      ++ lib.optional (lib.elem "info" kept) info;
    systemd.upstreamWants."timers.target" =
      lib.optional (hasMan && cfg.man.generateCaches) "man-db.timer";

    warnings =
      lib.optional
        (cfg.enable && cfg.nixos.enable)
        "documentation.nixos.enable has no effect: there is no NixOS manual. Remove the setting.";
    assertions = [
      {
        assertion = kept == [ ] || options.nixpkgs.pkgs.highestPrio >= 1000;
        message =
          "documentation.${lib.head kept}.enable has no effect on a package set that is given (`pkgs' or `nixpkgs.pkgs'). "
          + "Import that set with config.documentation = [ ${lib.concatMapStringsSep " " (kind: "\"${kind}\"") kept} ];";
      }
    ];
  };
}
