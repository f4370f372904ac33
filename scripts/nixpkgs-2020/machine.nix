# What a machine needs because its programs are Debian's, with Debian's paths compiled in; and nothing that would need DocBook or artwork.
{
  config,
  lib,
  pkgs,
  standIns,
  ...
}:
let
  systemd = config.systemd.package;
  programs = {
    "/bin" = [ "mount" "umount" ];
    "/sbin" = [
      "agetty"
      "fsck"
      "fsck.ext4"
      "e2fsck"
      "lvm"
      "lvmconfig"
      "modprobe"
      "sulogin"
      "swapoff"
      "swapon"
    ];
  };
  links = {
    "/lib/modules" = "/run/booted-system/kernel-modules/lib/modules";
    "/lib/systemd" = "${systemd}/lib/systemd";
    "/lib/udev" = "${systemd}/lib/udev";
    "/lib/x86_64-linux-gnu/security" = "${pkgs.pam}/lib/security";
    "/sbin/unix_chkpwd" = "/run/wrappers/bin/unix_chkpwd";
    "/usr/lib/locale" = "${config.i18n.glibcLocales}/lib/locale";
    "/usr/lib/x86_64-linux-gnu/xtables" = "${pkgs.iptables}/lib/xtables";
    "/usr/lib/sudo" = "${pkgs.sudo}/lib/sudo";
  };
in
{
  documentation.nixos.enable = false;
  boot.loader.grub.splashImage = null;
  # Debian's nscd needs libraries that glibc, of which it is a part here, cannot refer to.
  systemd.services.nscd.environment.LD_LIBRARY_PATH = lib.mkForce (
    config.system.nssModules.path
    + lib.concatMapStrings (name: ":${standIns.standInFor name}/lib") [
      "debian-libselinux1"
      "debian-libaudit1"
      "libcap"
      "libcap-ng"
    ]
  );
  # Programs that Debian's busybox does not have.
  boot.initrd.extraUtilsCommands = ''
    copy_bin_and_libs ${pkgs.utillinux}/bin/fsck
    copy_bin_and_libs ${pkgs.kbd}/bin/kbd_mode
  '';
  # The kernel's own call of modprobe has no LD_LIBRARY_PATH, by which alone Debian's kmod finds the libraries of its libraries here.
  boot.initrd.kernelModules = [ "ext4" ];
  system.activationScripts.standIns = lib.stringAfter [ "etc" ] (
    lib.concatStrings (
      lib.mapAttrsToList
        (link: target: ''
          mkdir -p ${dirOf link}
          ln -sfn ${target} ${link}
        '')
        (
          links
          // lib.foldl' (
            all: folder:
            all
            // lib.genAttrs (map (name: "${folder}/${name}") programs.${folder}) (
              path: "/run/current-system/sw/bin/${baseNameOf path}"
            )
          ) { } (lib.attrNames programs)
        )
    )
  );
}
