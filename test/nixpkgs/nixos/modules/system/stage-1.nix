# The initial ram disk: busybox, the modules of the disks, and a script that mounts the root and starts stage 2.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.boot.initrd;
  root = config.fileSystems."/";
  init = pkgs.writeScript "stage-1-init" ''
    #!${pkgs.busybox}/bin/busybox ash
    BB=${pkgs.busybox}/bin/busybox
    for applet in mount mkdir modprobe findfs sleep switch_root cat sh mdev; do alias $applet="$BB $applet"; done
    mkdir -p /proc /sys /dev /mnt-root /etc
    mount -t proc proc /proc
    mount -t sysfs sysfs /sys
    mount -t devtmpfs devtmpfs /dev
    echo
    echo "<<< NixOS Stage 1 >>>"
    echo
    stage2=
    for option in $(cat /proc/cmdline); do
      case $option in init=*) stage2=''${option#init=} ;; esac
    done
    for module in $(cat ${modules}/load-order); do $BB insmod ${modules}/$module; done
    device=${root.device}
    case $device in /dev/disk/by-label/*) wanted=LABEL=''${device##*/} ;; *) wanted= ;; esac
    for try in $(seq 300 2>/dev/null || $BB seq 300); do
      [ -z "$wanted" ] || found=$(findfs "$wanted" 2>/dev/null) && [ -n "$found" ] && { device=$found; break; }
      [ -z "$wanted" ] && [ -e "$device" ] && break
      $BB usleep 100000
    done
    echo "mounting $device on /..."
    mount -t ${root.fsType} -o rw $device /mnt-root || { echo "cannot mount the root"; exec $BB ash; }
    ${lib.concatMapStrings (fs: ''
      echo "mounting ${fs.device} on ${fs.mountPoint}..."
      mkdir -p /mnt-root${fs.mountPoint}
      device=${fs.device}
      case $device in /dev/disk/by-label/*) device=$(findfs LABEL=''${device##*/}) ;; esac
      mount -t ${fs.fsType} -o ${lib.concatStringsSep "," fs.options} $device /mnt-root${fs.mountPoint}
    '') (lib.filter (fs: fs.neededForBoot) (lib.attrValues config.fileSystems))
    + lib.optionalString (config.fileSystems ? "/nix/.ro-store") ''
      mkdir -p /mnt-root/nix/.rw-store/store /mnt-root/nix/.rw-store/work /mnt-root/nix/store
      places=lowerdir=/mnt-root/nix/.ro-store,upperdir=/mnt-root/nix/.rw-store/store,workdir=/mnt-root/nix/.rw-store/work
      mount -t overlay -o $places overlay /mnt-root/nix/store
    ''}for place in /dev /proc /sys; do mkdir -p /mnt-root$place; mount -o move $place /mnt-root$place; done
    exec $BB switch_root /mnt-root $stage2
  '';
  modules = pkgs.runCommand "initrd-modules" { nativeBuildInputs = [ pkgs.kmod ]; } ''
    mkdir $out
    version=$(ls ${config.system.modulesTree}/lib/modules)
    for module in ${lib.escapeShellArgs (cfg.kernelModules ++ cfg.availableKernelModules)}; do
      modprobe -C /dev/null -d ${config.system.modulesTree} -S $version --show-depends $module 2>/dev/null || echo "$module is built in" >&2
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | while read -r file; do
      name=$(basename "$file")
      if ! [ -e "$out/$name" ]; then
        cp "$(readlink -f "$file")" "$out/$name"
        echo "$name" >> $out/load-order
      fi
    done
    touch $out/load-order
  '';
in
{
  options.boot.initrd = {
    availableKernelModules = mkOption { type = types.listOf types.str; default = [ ]; };
    kernelModules = mkOption { type = types.listOf types.str; default = [ ]; };
  };
  config.boot.initrd.availableKernelModules = [ "ext4" ];
  config.system.build.bootStage1 = init;
  config.system.build.initialRamdisk = pkgs.runCommand "initrd" { nativeBuildInputs = [ pkgs.cpio pkgs.zstd ]; } ''
    mkdir -p root/nix/store $out
    for path in ${init} ${modules} ${pkgs.busybox}; do cp -r $path root/nix/store/; done
    ln -s ${init} root/init
    find root -exec touch -h -d @1 {} +
    (cd root && find . | sort | cpio -o -H newc -R +0:+0 --reproducible --quiet) | zstd -q -10 > $out/initrd
  '';
}
