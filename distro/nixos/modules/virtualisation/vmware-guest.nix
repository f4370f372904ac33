# A guest of VMware.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.virtualisation.vmware.guest;
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "vmwareGuest" "enable" ]
      [ "virtualisation" "vmware" "guest" "enable" ]
    )
  ];

  options.virtualisation.vmware.guest = {
    enable = lib.mkEnableOption "what a guest of VMware needs";
    headless = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether the guest has no desktop.";
    };
    package = lib.mkPackageOption pkgs "open-vm-tools" { };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.headless;
        message =
          "virtualisation.vmware.guest.headless = false is not available: there is no module for a desktop. Remove the setting.";
      }
    ];
    boot.initrd.availableKernelModules = [ "mptsas" "mptspi" "vmw_pvscsi" "vmxnet3" ];
    environment.systemPackages = [ cfg.package ];
    systemd.services.vmware = {
      description = "Guest Service of VMware";
      after = [ "local-fs.target" ];
      wantedBy = [ "multi-user.target" ];
      unitConfig.ConditionVirtualization = "vmware";
      serviceConfig.ExecStart = "${cfg.package}/bin/vmtoolsd";
    };
  };
}
