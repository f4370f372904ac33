# Equal pages of memory, of a host's machines for the most part, are kept once.
{ config, lib, ... }:

let
  cfg = config.hardware.ksm;
in
{
  options.hardware.ksm = {
    enable =
      lib.mkEnableOption "the kernel's search for equal pages of memory, which it then keeps once";
    sleep = lib.mkOption {
      type = lib.types.nullOr lib.types.ints.unsigned;
      default = null;
      description = "How long the search rests between rounds, in ms. If null, as the kernel does.";
    };
    pages = lib.mkOption {
      type = lib.types.nullOr lib.types.ints.unsigned;
      default = null;
      description = "How many pages a round looks at. If null, as the kernel does.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.enable-ksm = {
      description = "Enable Kernel Same-Page Merging";
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script =
        lib.optionalString
          (cfg.sleep != null)
          "echo ${toString cfg.sleep} > /sys/kernel/mm/ksm/sleep_millisecs\n"
        + lib.optionalString
          (cfg.pages != null)
          "echo ${toString cfg.pages} > /sys/kernel/mm/ksm/pages_to_scan\n"
        + "echo 1 > /sys/kernel/mm/ksm/run\n";
      preStop = "echo 2 > /sys/kernel/mm/ksm/run";
    };
  };
}
