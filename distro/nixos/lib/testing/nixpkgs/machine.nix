# A module of each machine of a test that nixpkgs makes. The machine is nixpkgs' own; where its script for qemu shares folders of the host,
# it has a disk with its store; and its backdoor executes commands that arrive on our port.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  cfg = config.virtualisation;
  opt = options.virtualisation;
  inherit (config.system.build) toplevel;
  inherit (import ../../machine-description.nix { inherit lib; }) disksOf forwardsOf wordsOf;

  # Stronger than everything that a test may set.
  strongest = lib.mkOverride 1;
  # As strong as nixpkgs' own file systems of virtual machines.
  ofMachine = lib.mkOverride 10;

  # NixOS before 24.11 mounts the store itself if it is not writable.
  storePlace =
    if cfg.writableStore then
      "/nix/.ro-store"
    else
      cfg.sharedDirectories.nix-store.target or (
        if opt ? mountHostNixStore then "/nix/.ro-store" else "/nix/store"
      );
  inMemory = strongest {
    device = "tmpfs";
    fsType = "tmpfs";
    options = [ "mode=1777" ];
    neededForBoot = true;
  };

  # nixpkgs' options for qemu are parts of a command of its shell script.
  qemuOptions = lib.flatten cfg.qemu.options;
  ofForm =
    pattern:
    lib.concatMap (
      option:
      let
        found = builtins.match pattern option;
      in
      lib.optionals (found != null) found
    ) qemuOptions;
  macs = map lib.toLower (ofForm ".*virtio-net-pci,netdev=vlan[0-9]+,mac=([0-9a-fA-F:]+).*");
  vlans = map lib.toInt (ofForm ".*vde,id=vlan[0-9]+,sock=[^0-9]*QEMU_VDE_SOCKET_([0-9]+).*");
  isOurs =
    option:
    lib.any (prefix: lib.hasPrefix prefix option) [
      "-kernel "
      "-initrd "
      "-append "
      "-nographic"
      # Of the firmware UEFI and of a TPM.
      "-drive if=pflash,format=raw,unit="
      "-chardev socket,id=chrtpm,"
      "-tpmdev emulator,id=tpm_dev_0,"
    ]
    || lib.hasSuffix ",tpmdev=tpm_dev_0" option
    || builtins.match ".*(netdev=vlan|vde,id=vlan)[0-9]+,.*" option != null;
  furtherOptions = lib.filter (option: !isOurs option) qemuOptions;
  unreadable = lib.filter (option: wordsOf option == null) furtherOptions;

  # -append "$(cat SYSTEM/kernel-params) ... $QEMU_KERNEL_PARAMS"
  appended = lib.filter (option: lib.hasPrefix "-append " option) qemuOptions;
  commandLine =
    lib.replaceStrings [ "$(cat ${toplevel}/kernel-params)" " $QEMU_KERNEL_PARAMS" "\"" ] [
      (toString config.boot.kernelParams)
      ""
      ""
    ] (lib.removePrefix "-append " (lib.concatStrings appended));

  guestShell = pkgs.writeText "guest-shell.pl" (
    lib.replaceStrings [ "-e '/lib64/ld-linux-x86-64.so.2'" ] [
      (if pkgs.stdenv.hostPlatform.isx86_64 then "1" else "0")
    ] (builtins.readFile ../../../modules/virtualisation/guest-shell.pl)
  );

  shares = lib.subtractLists [ "nix-store" "xchg" "shared" ] (
    lib.attrNames (cfg.sharedDirectories or { })
  );
  drives = lib.filter (
    drive:
    !(lib.elem (drive.name or null) [ "root" "nix-store" ] || lib.hasInfix "/empty" drive.file)
  ) cfg.qemu.drives;

  # What nixpkgs' script does and we do not.
  faults =
    lib.optional cfg.useBootLoader "sets virtualisation.useBootLoader."
    ++ lib.optional (cfg.useSecureBoot or false) "sets virtualisation.useSecureBoot."
    ++ lib.optional (!(cfg.directBoot.enable or true)) "unsets virtualisation.directBoot.enable."
    ++ lib.optional
      (!(cfg.useDefaultFilesystems or true))
      "unsets virtualisation.useDefaultFilesystems."
    ++ lib.optional (cfg.diskImage == null) "has no disk (virtualisation.diskImage = null)."
    ++ lib.optional
      (cfg.qemu.diskInterface != "virtio")
      "sets virtualisation.qemu.diskInterface = \"${cfg.qemu.diskInterface}\"."
    ++ lib.optional (cfg.bios or null != null) "sets virtualisation.bios."
    ++ lib.optional (cfg.tpm.provisioning or null != null) "sets virtualisation.tpm.provisioning."
    ++ lib.optional (cfg.useHostCerts or false) "sets virtualisation.useHostCerts."
    ++ lib.optional
      (shares != [ ])
      "shares folders of the host: virtualisation.sharedDirectories.${lib.concatStringsSep ", " shares}."
    ++ lib.optional (drives != [ ]) "adds disks to virtualisation.qemu.drives."
    ++ lib.optional
      (lib.any (f: f.from != "host") (cfg.forwardPorts or [ ]))
      "forwards ports of the guest (virtualisation.forwardPorts)."
    ++ lib.optional
      (lib.any (option: !lib.hasInfix "user.0" option) cfg.qemu.networkingOptions)
      "sets virtualisation.qemu.networkingOptions."
    ++ map (
      option:
      "has an option of qemu in the language of a shell (virtualisation.qemu.options): ${option}"
    ) unreadable;
in
{
  config = {
    fileSystems = ofMachine {
      ${storePlace} = strongest {
        device = "/dev/disk/by-label/nix-store";
        fsType = "ext4";
        options = [ "ro" ];
        noCheck = true;
        neededForBoot = true;
      };
      "/tmp/xchg" = inMemory;
      "/tmp/shared" = inMemory;
    };

    systemd.services.backdoor = {
      requires = lib.mkForce [ ];
      after = lib.mkForce [ ];
      script = lib.mkForce ''
        until [ -e /dev/virtio-ports/bootflake.shell.0 ]; do sleep 0.1; done
        exec ${pkgs.perl}/bin/perl ${guestShell}
      '';
    };

    system.build.bootflakeTest =
      {
        inherit (config.system) name;
        kernel = {
          file = "${toplevel}/kernel";
          initrd = cfg.directBoot.initrd or "${toplevel}/initrd";
          # On a busy host, an emulated timer seems broken to the kernel's check.
          commandLine = "${commandLine} no_timer_check";
        };
        memory = cfg.memorySize;
        inherit (cfg) cores;
        networks = lib.zipListsWith (vlan: mac: { inherit vlan mac; }) vlans macs;
        disks = disksOf cfg.emptyDiskImages;
        forwards = forwardsOf (lib.filter (f: f.from == "host") (cfg.forwardPorts or [ ]));
        qemuArguments = lib.concatMap wordsOf furtherOptions;
        # For the disks that are made of it.
        toplevel = "${toplevel}";
        diskSize = if lib.isInt cfg.diskSize then cfg.diskSize else 1024;
        additionalPaths = map (path: "${path}") (cfg.additionalPaths or cfg.pathsInNixDB);
        inherit faults;
      }
      # As in ../machine.nix.
      // lib.optionalAttrs (cfg.useEFIBoot or false) { firmware = "uefi"; }
      // lib.optionalAttrs (cfg.tpm.enable or false) { tpm = true; }
      // lib.optionalAttrs (cfg.restrictNetwork or false) { restrictNetwork = true; };
  };
}
