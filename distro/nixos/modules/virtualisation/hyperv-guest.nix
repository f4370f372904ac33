# A guest of Hyper-V.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.hypervGuest;
  # Debian's programs, under NixOS's names of units.
  daemon = description: program: {
    inherit description;
    after = [ "local-fs.target" ];
    wantedBy = [ "multi-user.target" ];
    unitConfig.ConditionVirtualization = "microsoft";
    serviceConfig = {
      ExecStart = "${pkgs.debianPackages.hyperv-daemons}/bin/${program} -n";
      Restart = "on-failure";
    };
  };
in
{
  options.virtualisation.hypervGuest = {
    enable = lib.mkEnableOption "what a guest of Hyper-V needs";
    videoMode = mkOption {
      type = types.nullOr (types.strMatching "[0-9]+x[0-9]+");
      default = null;
      example = "1024x768";
      description = "The resolution of the screen, as WIDTHxHEIGHT.";
    };
  };

  config = lib.mkIf cfg.enable {
    boot.initrd.kernelModules = [ "hv_balloon" "hv_netvsc" "hv_storvsc" "hv_utils" "hv_vmbus" ];
    boot.initrd.availableKernelModules = [ "hyperv_keyboard" ];
    boot.kernelParams = lib.optional (cfg.videoMode != null) "video=hyperv_fb:${cfg.videoMode}";
    systemd.services = {
      hv-kvp = daemon "Hyper-V Key Value Pairs" "hv_kvp_daemon";
      hv-vss = daemon "Hyper-V Volume Shadow Copies" "hv_vss_daemon";
    };
  };
}
