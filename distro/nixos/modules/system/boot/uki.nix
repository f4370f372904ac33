# A unified kernel image of the system, `system.build.uki': one program for UEFI, which starts the kernel with its initrd.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.boot.uki;
  kernel = config.boot.kernelPackages.kernel;
  inherit (config.system) build;
  fileName =
    default: description:
    mkOption ({
      type = types.strMatching "[a-zA-Z0-9_.+~^-]+";
      internal = true;
      inherit description;
    } // lib.optionalAttrs (default != null) { inherit default; });
in
{
  options.system.boot.loader = {
    ukiFile = fileName null "The name of the file of the unified kernel image.";
    kernelFile =
      fileName "kernel" "The name of the kernel's file in the system, or in `system.build.kernel`.";
    initrdFile = fileName "initrd" "The name of the initrd's file in the system.";
  };
  options.boot.uki = {
    name = mkOption {
      type = types.strMatching "[a-zA-Z0-9_.-]+";
      default =
        if config.system.nixos.distroId == "" then "nixos" else config.system.nixos.distroId;
      defaultText = lib.literalExpression "config.system.nixos.distroId";
      description = "The name that the image's file begins with.";
    };
    version = mkOption {
      type = types.nullOr (types.strMatching "[a-zA-Z0-9_.+~^-]+");
      default = null;
      description = "The version in its name.";
    };
    tries = mkOption {
      type = types.nullOr types.ints.unsigned;
      default = null;
      description =
        "How often systemd-boot tries to start it before it takes another one, as a part of its name.";
    };
  };

  config.system = {
    boot.loader.ukiFile =
      let
        version = lib.optionalString (cfg.version != null) "_${cfg.version}";
        tries = lib.optionalString (cfg.tries != null) "+${toString cfg.tries}";
      in
      lib.mkDefault "${cfg.name}${version}${tries}.efi";
    build.uki = pkgs.builtinDerivation "uki" {
      name = "uki";
      fileName = config.system.boot.loader.ukiFile;
      stub = "${pkgs.debianPackages.systemd-boot-efi.deb}";
      kernel = "${kernel.deb}/boot/vmlinuz-${kernel.modDirVersion}";
      initrd = "${build.initialRamdisk}/initrd";
      osRelease = "${build.etc}/etc/os-release";
      cmdline = "init=${build.toplevel}/init ${toString config.boot.kernelParams}";
      uname = kernel.modDirVersion;
      toplevel = "${build.toplevel}";
    };
  };
}
