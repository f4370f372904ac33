# The packages of the system. Debian's are merged into /usr; whatever else is in the list is linked in /run/current-system/sw.
{ config, lib, pkgs, ... }:

let
  inherit (lib) mkOption types;

  isDebian = package: package ? debianPackage || package ? debianPackages;
in
{
  options = {
    environment = {
      systemPackages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = lib.literalExpression "[ pkgs.git pkgs.htop ]";
        description = "Packages whose programs are there for all users.";
      };

      defaultPackages = mkOption {
        type = types.listOf types.package;
        default = [ pkgs.nano ];
        defaultText = lib.literalExpression "[ pkgs.nano ]";
        description = "Packages that are not needed, but expected. Set to `[ ]` for the smallest system.";
      };

      pathsToLink = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "/share/applications" ];
        description = "Directories of `environment.systemPackages` that are linked in /run/current-system/sw. Debian's packages have all of theirs in /usr.";
      };

      extraOutputsToInstall = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "No effect: Debian's packages have one output. Debian puts documentation and headers into packages of their own.";
      };

      alternatives = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = { "/usr/bin/editor" = "/usr/bin/vim.basic"; };
        description = "Links that decide between equal programs of several Debian packages, as update-alternatives does. Those that are not named here follow a table.";
      };

      extraSetup = mkOption {
        type = types.lines;
        default = "";
        description = "Not available: nothing is run while building.";
      };
    };

    system.path = mkOption {
      type = types.either types.package types.str;
      internal = true;
      description = "What /run/current-system/sw links to.";
    };
  };

  config = {
    assertions = [{
      assertion = config.environment.extraSetup == "";
      message = "environment.extraSetup runs commands while building, which is not done here. Use system.activationScripts, or files in environment.etc.";
    }];

    environment.systemPackages = config.environment.defaultPackages;

    environment.pathsToLink = [ "/bin" "/sbin" "/lib" "/etc/xdg" "/share" ];

    system.build.packagesWithoutDebian = builtins.filter (p: !isDebian p) config.environment.systemPackages;

    system.path =
      if config.system.build.packagesWithoutDebian == [ ] then "/usr"
      else pkgs.buildEnv {
        name = "system-path";
        # The merged /usr beside them, so that scripts find the usual programs where NixOS has them.
        paths = config.system.build.packagesWithoutDebian ++ [{ outPath = "${config.system.build.tree}/usr"; meta.priority = 10; }];
        inherit (config.environment) pathsToLink;
        ignoreCollisions = true;
      };

    # What a Debian system is expected to have, beside the essential packages. Kept small: each is downloaded and written.
    system.basePackages = [
      "ca-certificates"
      "dbus"
      "e2fsprogs"
      "iproute2"
      "iputils-ping"
      "kmod"
      "less"
      "libpam-modules"
      "libpam-runtime"
      "libpam-systemd"
      "login"
      "mount"
      "netbase"
      "passwd"
      "procps"
      "systemd"
      "systemd-sysv"
      "tzdata"
      "udev"
      "util-linux"
    ];
  };
}
