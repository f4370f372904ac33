# A virtual machine of a system: nixpkgs' script starts it with the host's store, which it shares by 9p.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;
  inherit (config.system.build) toplevel;
  option = type: default: mkOption { inherit type default; };
  share = target: source: { inherit source target; };
  consoles = "console=tty0 console=ttyS0,115200n8";
  regInfo = pkgs.writeText "registration" (lib.concatMapStrings (path: "${path}\n") cfg.additionalPaths);
in
{
  imports = [ ../profiles/qemu-guest.nix ];

  options.virtualisation = {
    memorySize = option types.int 1024;
    cores = option types.int 1;
    diskSize = option types.int 1024;
    diskImage = option (types.nullOr types.str) "./nixos.qcow2";
    emptyDiskImages = option (types.listOf types.int) [ ];
    vlans = option (types.listOf types.int) [ 1 ];
    writableStore = option types.bool true;
    useBootLoader = option types.bool false;
    useEFIBoot = option types.bool false;
    restrictNetwork = option types.bool false;
    tpm.enable = option types.bool false;
    tpm.provisioning = option (types.nullOr types.str) null;
    additionalPaths = option (types.listOf types.path) [ ];
    forwardPorts = option (types.listOf types.raw) [ ];
    sharedDirectories = option (types.attrsOf types.attrs) { };
    qemu = {
      options = option (types.listOf types.str) [ ];
      networkingOptions = option (types.listOf types.str) [ ];
      diskInterface = option types.str "virtio";
      drives = option (types.listOf types.attrs) [ ];
    };
  };
  options.system.name = option types.str config.networking.hostName;

  config = {
    boot.loader.grub.device = "/dev/vda";
    boot.initrd.availableKernelModules = [ "overlay" ];
    virtualisation = {
      additionalPaths = [ toplevel ];
      sharedDirectories = {
        nix-store = share "/nix/.ro-store" builtins.storeDir;
        xchg = share "/tmp/xchg" ''"$TMPDIR"/xchg'';
        shared = share "/tmp/shared" ''"''${SHARED_DIR:-$TMPDIR/xchg}"'';
      };
      qemu.networkingOptions = [ "-net nic,netdev=user.0,model=virtio" "-netdev user,id=user.0,\"$QEMU_NET_OPTS\"" ];
      qemu.drives = [ { name = "root"; file = ''"$NIX_DISK_IMAGE"''; } ]
        ++ lib.imap0 (i: _: { name = null; file = "$(pwd)/empty${toString i}.qcow2"; }) cfg.emptyDiskImages;
      qemu.options = [
        "-device virtio-keyboard"
        "-kernel \${NIXPKGS_QEMU_KERNEL_nixos:-${toplevel}/kernel}"
        "-initrd ${toplevel}/initrd"
        ''-append "$(cat ${toplevel}/kernel-params) init=${toplevel}/init regInfo=${regInfo} ${consoles} $QEMU_KERNEL_PARAMS"''
      ]
      ++ lib.optionals cfg.useEFIBoot [
        "-drive if=pflash,format=raw,unit=0,readonly=on,file=/nix/store/firmware/OVMF_CODE.fd"
        "-drive if=pflash,format=raw,unit=1,readonly=off,file=$NIX_EFI_VARS"
      ]
      ++ lib.optionals cfg.tpm.enable [
        ''-chardev socket,id=chrtpm,path="$NIX_SWTPM_DIR"/socket.ctrl''
        "-tpmdev emulator,id=tpm_dev_0,chardev=chrtpm"
        "-device tpm-tis,tpmdev=tpm_dev_0"
      ];
    };
    fileSystems = lib.mkVMOverride (
      {
        "/" = { device = "/dev/disk/by-label/nixos"; fsType = "ext4"; };
      }
      // lib.mapAttrs' (tag: share: lib.nameValuePair share.target {
        device = tag;
        fsType = "9p";
        options = [ "trans=virtio" "version=9p2000.L" ];
        neededForBoot = true;
      }) cfg.sharedDirectories
    );
    system.build.vm = pkgs.writeShellScriptBin "run-${config.system.name}-vm" (toString cfg.qemu.options);
  };
}
