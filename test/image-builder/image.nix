{ config, lib, pkgs, modulesPath, table, ... }:

let
  bios = builtins.elem table [ "hybrid" "legacy" "legacy+boot" "legacy+gpt" ];
  efi = table == "hybrid";
  systemdBoot = builtins.elem table [ "efi" "efixbootldr" ];

  # Debian's initrd and its systemd look for what NixOS does without.
  merged = pkgs.builtinDerivation "tree" {
    name = "merged-usr";
    entries = map (name: { path = name; target = "usr/${name}"; }) [ "bin" "sbin" "lib" "lib64" ]
      ++ map (name: { path = name; mode = "directory"; }) [ "usr" "srv" "opt" "media" ];
  };
in
{
  imports = [ "${toString modulesPath}/profiles/qemu-guest.nix" ];

  boot.loader = {
    timeout = 0;
    grub.enable = bios;
    grub.device = "/dev/vda";
    grub.efiSupport = efi;
    grub.extraConfig = "serial --unit=0 --speed=115200; terminal_input serial console; terminal_output serial console";
    systemd-boot.enable = systemdBoot;
    efi.efiSysMountPoint = lib.mkIf (table == "efixbootldr") "/efi";
    systemd-boot.xbootldrMountPoint = lib.mkIf (table == "efixbootldr") "/boot";
  };

  system.build.image = import "${modulesPath}/../lib/make-disk-image.nix" {
    inherit lib config pkgs;
    partitionTableType = if table == "touch" then "efi" else table;
    touchEFIVars = table == "touch";
    efiVariables = pkgs.writeText "variables.fd" "variables\n";
    postVM = lib.optionalString (table == "touch") "sha256sum < $diskImage | cut -d ' ' -f 1 > $out/sum";
    format = if table == "hybrid" then "qcow2" else "raw";
    bootSize = "256M";
    installBootLoader = table != "none" && table != "touch";
    configFile = ./configuration.nix;
    contents = [
      { source = "${merged}/*"; target = "/"; }
      { source = pkgs.writeText "notes" "of tarn\n"; target = "/home/notes"; mode = "640"; user = "tarn"; group = "files"; }
    ];
  };
}
