# Options of virtualisation.libvirtd.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) option;
  flag = option types.bool false;
  path = name: [ "virtualisation" "libvirtd" ] ++ lib.splitString "." name;
  renamed = old: new: lib.mkRenamedOptionModule (path old) (path new);
  hook =
    what:
    option (types.attrsOf types.path) { } "Programs that are run when ${what}, by their names.";
  dropped = name: {
    path = path name;
    type = types.nullOr types.raw;
    default = null;
    why = "machines find Debian's OVMF by themselves";
  };
in
{
  imports = [
    (lib.mkRemovedOptionModule (path "enableKVM") "Set virtualisation.libvirtd.qemu.package.")
    (renamed "qemuPackage" "qemu.package")
    (renamed "qemuRunAsRoot" "qemu.runAsRoot")
    (renamed "qemuVerbatimConfig" "qemu.verbatimConfig")
    (renamed "qemuSwtpm" "qemu.swtpm.enable")
    (import ../../../lib/inert.nix { inherit lib; } (
      map dropped [
        "qemuOvmf"
        "qemuOvmfPackage"
        "qemu.ovmf.enable"
        "qemu.ovmf.package"
        "qemu.ovmf.packages"
      ]
    ))
  ];

  options.virtualisation.libvirtd = {
    enable =
      lib.mkEnableOption "libvirtd, which runs virtual machines for members of the group libvirtd";
    package = lib.mkPackageOption pkgs "libvirt" { };
    extraConfig = option types.lines "" "Lines of libvirtd.conf.";
    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--verbose" ];
      description = "Further words of its command line.";
    };
    firewallBackend = mkOption {
      type = types.enum [ "iptables" "nftables" ];
      default = "nftables";
      description =
        "What its networks are filtered by. NixOS's default is iptables unless `networking.nftables.enable` is set.";
    };
    qemu = {
      package = lib.mkPackageOption pkgs "qemu" { };
      runAsRoot =
        option types.bool true "Whether machines run as root; otherwise as qemu-libvirtd.";
      verbatimConfig = option types.lines "namespaces = []\n" "Lines of qemu.conf.";
      swtpm.enable = flag "Whether machines may have a TPM.";
      swtpm.package = lib.mkPackageOption pkgs "swtpm" { };
      vhostUserPackages =
        option
          (types.listOf types.package)
          [ ]
          "Packages with programs for devices, such as virtiofsd.";
    };
    hooks = {
      daemon = hook "libvirtd starts, stops or reloads";
      qemu = hook "a machine of QEMU starts or stops";
      lxc = hook "a container starts or stops";
      libxl = hook "a machine of Xen starts or stops";
      network = hook "a network starts or stops";
    };
    nss.enable = flag "Whether names of machines lead to their addresses.";
    nss.enableGuest = flag "Whether names by which libvirt knows machines lead to their addresses.";
    onBoot =
      option
        (types.enum [ "start" "ignore" ])
        "start"
        "What becomes of machines that ran when the host was shut down.";
    onShutdown =
      option
        (types.enum [ "shutdown" "suspend" ])
        "suspend"
        "What becomes of machines when the host is shut down.";
    parallelShutdown =
      option
        types.ints.unsigned
        0
        "How many machines are shut down at once; 0 for one after the other.";
    shutdownTimeout = option types.ints.unsigned 300 "How many seconds a machine has to shut down.";
    startDelay =
      option types.ints.unsigned 0 "How many seconds there are between starts of machines.";
    allowedBridges = option (types.listOf types.str) [
      "virbr0"
    ] "Bridges that machines of people may join.";
    dbus.enable = flag "Whether libvirt is reached by D-Bus.";
    sshProxy = option types.bool true "Whether `ssh qemu/NAME` leads to a machine.";
  };
}
