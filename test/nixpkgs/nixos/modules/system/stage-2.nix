{ config, lib, pkgs, ... }:
{
  config.system.build.bootStage2 = pkgs.writeShellScript "stage-2-init" ''
    systemConfig=@systemConfig@
    export PATH=${lib.makeBinPath (with pkgs; [ coreutils util-linux ])}
    echo
    echo -e "\e[1;32m<<< NixOS Stage 2 >>>\e[0m"
    echo
    mount -n -o remount,rw none / 2>/dev/null || true
    mkdir -p -m 0755 /run /dev/pts /dev/shm
    mountpoint -q /run || mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs /run
    chown -f 0:30000 /nix/store || true
    ln -sfn "$systemConfig" /run/booted-system
    echo "running activation script..."
    "$systemConfig/activate"
    echo "starting systemd..."
    export PATH=/run/current-system/systemd/lib/systemd:/run/current-system/sw/bin
    # With a colon at its end: and the places of its own, where generators write.
    export SYSTEMD_UNIT_PATH=/etc/systemd/system:
    exec ${pkgs.systemd}/lib/systemd/systemd "$@"
  '';
}
