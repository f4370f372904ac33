# The files that configurations import from modulesPath: each evaluates, and does its work.
let
  system = file: import ./system.inc ({ modulesPath, ... }: { imports = [ "${modulesPath}/${file}" ]; users.allowNoPasswordLogin = true; });
  config = file: (system file).config;
  checked = file:
    let s = system file; in
    builtins.seq s.config.system.build.initrdModules.availableModules
      (builtins.length s.config.boot.kernelParams > 0 && s.checked != "");
in
{
  evaluate = map checked [
    "installer/scan/not-detected.nix"
    "profiles/minimal.nix"
    "profiles/headless.nix"
    "profiles/hardened.nix"
    "profiles/qemu-guest.nix"
    "profiles/image-based-appliance.nix"
    "virtualisation/amazon-image.nix"
    "virtualisation/digital-ocean-config.nix"
    "virtualisation/google-compute-config.nix"
    "virtualisation/google-compute-image.nix"
    "virtualisation/openstack-config.nix"
    "virtualisation/xen-domU.nix"
  ];
  # The kernel for virtual machines loads no firmware.
  notDetected = (config "installer/scan/not-detected.nix").hardware.enableRedistributableFirmware;
  headless = let c = config "profiles/headless.nix"; in [ c.systemd.services."getty@tty1".enable c.systemd.emergencyMode ];
  hardened = let c = config "profiles/hardened.nix"; in {
    inherit (c.boot) kernelParams;
    sysctl = { inherit (c.boot.kernel.sysctl) "kernel.kptr_restrict" "kernel.unprivileged_userns_clone"; };
  };
  appliance = let c = config "profiles/image-based-appliance.nix"; in
    [ c.system.switch.enable c.nix.enable c.users.mutableUsers c.documentation.enable ];
  hardware = builtins.length (config "profiles/all-hardware.nix").boot.initrd.availableKernelModules > 40;
  base = builtins.attrNames (config "profiles/base.nix").boot.supportedFilesystems;
}
