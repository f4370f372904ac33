# Single defences of the kernel.
{ config, lib, ... }:

let
  inherit (lib) mkIf mkOption types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.security;
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "security" "virtualization" "flushL1DataCache" ]
      [ "security" "virtualisation" "flushL1DataCache" ]
    )
  ];

  options.security = {
    allowUserNamespaces =
      flag
        true
        "Whether there can be user namespaces, which sandboxes of browsers, containers and Nix's builds need.";
    unprivilegedUsernsClone =
      flag true "Whether users other than root can make them, too. Debian's kernels let them.";
    protectKernelImage =
      flag false "Whether the running kernel cannot be replaced, by kexec or hibernation.";
    allowSimultaneousMultithreading =
      flag true "Whether the threads of a processor's core are used.";
    forcePageTableIsolation =
      flag
        false
        "Whether the kernel's page tables are apart on processors, too, that say they need not.";
    virtualisation.flushL1DataCache = mkOption {
      type = types.nullOr (types.enum [ "never" "cond" "always" ]);
      default = null;
      description =
        "When a host of virtual machines empties the processor's first cache before a guest runs. If null, as the kernel does.";
    };
  };

  config = lib.mkMerge [
    (mkIf (!cfg.allowUserNamespaces) {
      boot.kernel.sysctl."user.max_user_namespaces" = 0;
      assertions = [
        {
          assertion = !(config.nix.enable && (config.nix.settings.sandbox or false) != false);
          message =
            "security.allowUserNamespaces is off, and nix.settings.sandbox needs user namespaces. Turn one of them round.";
        }
      ];
    })
    (mkIf (!cfg.unprivilegedUsernsClone) {
      boot.kernel.sysctl."kernel.unprivileged_userns_clone" = 0;
    })
    (mkIf cfg.protectKernelImage {
      boot.kernelParams = [ "nohibernate" ];
      boot.kernel.sysctl."kernel.kexec_load_disabled" = lib.mkDefault true;
    })
    (mkIf (!cfg.allowSimultaneousMultithreading) { boot.kernelParams = [ "nosmt" ]; })
    (mkIf cfg.forcePageTableIsolation { boot.kernelParams = [ "pti=on" ]; })
    (mkIf (cfg.virtualisation.flushL1DataCache != null) {
      boot.kernelParams = [ "kvm-intel.vmentry_l1d_flush=${cfg.virtualisation.flushL1DataCache}" ];
    })
  ];
}
