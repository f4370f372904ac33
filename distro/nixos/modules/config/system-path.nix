# The packages of the system. Debian's are merged into one tree; others are linked in a layer above it. Both together are /usr.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;

  others = builtins.filter (p: !utils.isDebianPackage p) config.environment.systemPackages;
  # See system/activation/programs/UsrLayer.pm.
  notLinked = builtins.filter (
    path: builtins.match "/|/?(bin|sbin|lib|libexec|share)(/.*)?" path == null
  ) config.environment.pathsToLink;
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "environment" "extraOutputsToInstall" ];
        type = types.listOf types.str;
        default = [ ];
        why =
          "Debian's packages have one output; headers and much documentation are in separate packages";
      }
    ])
  ];

  options = {
    system.path = mkOption {
      type = types.str;
      default = "/run/current-system/sw";
      readOnly = true;
      internal = true;
      description = "Where the packages of the system are: a link to /usr.";
    };

    environment = {
      systemPackages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = lib.literalExpression "[ pkgs.git pkgs.htop ]";
        description = "Packages that are installed for all users.";
      };

      defaultPackages = mkOption {
        type = types.listOf types.package;
        default = with pkgs; [ bzip2 curl nano netcat rsync strace xz zstd ];
        defaultText =
          lib.literalExpression "with pkgs; [ bzip2 curl nano netcat rsync strace xz zstd ]";
        description =
          "Packages that are commonly expected but not required. Set to `[ ]` for a minimal system.";
      };

      pathsToLink = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "/share/applications" ];
        description =
          "Directories of packages to link into /run/current-system/sw. All of a Debian package is there anyway; of other "
          + "packages only bin, sbin, lib, libexec and share can be, and always are.";
      };

      alternatives = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = { "/usr/bin/editor" = "/usr/bin/vim.basic"; };
        description =
          "Links that choose one of several Debian packages' programs for the same purpose, as update-alternatives does. A "
          + "built-in table decides about those not set here.";
      };

      extraSetup = mkOption {
        type = types.lines;
        default = "";
        description = "Not available: no command is run while building.";
      };
    };
  };

  config = {
    assertions = [
      {
        assertion = config.environment.extraSetup == "";
        message =
          "environment.extraSetup is not available: no command is run while building. "
          + "Use system.activationScripts, or files in environment.etc.";
      }
    ];

    warnings =
      lib.optional
        (notLinked != [ ] && others != [ ])
        "environment.pathsToLink has ${
          lib.concatMapStringsSep ", " builtins.toJSON notLinked
        }, which has no effect on packages that are not Debian's, such as ${
          lib.getName (lib.head others)
        }: of those, only bin, sbin, lib, libexec and share are linked.";

    environment.systemPackages = config.environment.defaultPackages;

    system.build.packagesWithoutDebian = others;

    # Packages that a Debian system is expected to have besides the essential ones. Keep the list short: each is downloaded and written.
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
