# Devices whose contents are compared with a hash when they are read (dm-verity): lines of the initrd's veritytab, which systemd's generator
# turns into services, or what the kernel's command line says (systemd.verity_root_data= and so on).
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.boot.initrd.systemd.dmVerity;
in
{
  options.boot.initrd.systemd.dmVerity.enable = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description =
      "Whether the initrd opens devices that are protected by dm-verity: those of /etc/veritytab in the initrd "
      + "(`boot.initrd.systemd.contents`) and of the kernel's command line. See veritytab(5).";
  };

  config = lib.mkMerge [
    {
      boot.initrd.needsSystemd = lib.optional cfg.enable "boot.initrd.systemd.dmVerity.enable";
    }
    (lib.mkIf (config.boot.initrd.systemd.enable && cfg.enable) {
      boot.initrd = {
        deviceMapper = true;
        kernelModules = [ "dm_verity" ];
        # A package of its own since trixie.
        systemd = {
          packages =
            [ "cryptsetup-bin" ]
            ++ lib.optional (pkgs.debianPackages ? systemd-cryptsetup) "systemd-cryptsetup";
          files = [
            "usr/lib/systemd/system-generators/systemd-veritysetup-generator"
            "usr/lib/systemd/system/veritysetup-pre.target"
            "usr/lib/systemd/system/veritysetup.target"
            "usr/lib/systemd/systemd-veritysetup"
            "usr/sbin/veritysetup"
          ];
          optionalFiles = [ "usr/lib/x86_64-linux-gnu/libcryptsetup.so.12" ];
          targets.veritysetup = {
            overrideStrategy = "asDropin";
            wantedBy = [ "sysinit.target" ];
          };
        };
      };
    })
  ];
}
