# The journal, logins, and kept core dumps.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  unitOption = (import ../../../lib/systemd-unit-options.nix { inherit lib; }).unitOption;
  inherit (import ../../../lib/systemd-format.nix { inherit lib; }) settingsToText;
  journald = config.services.journald;
  logind = config.services.logind;

  action = default: description: mkOption {
    type = types.enum [ "ignore" "poweroff" "reboot" "halt" "kexec" "suspend" "hibernate" "hybrid-sleep" "suspend-then-hibernate" "lock" ];
    inherit default description;
  };
in
{
  options.services.journald = {
    storage = mkOption { type = types.enum [ "persistent" "volatile" "auto" "none" ]; default = "persistent"; description = "Where the journal is kept: on the disk, in memory, on the disk if /var/log/journal is there, or nowhere."; };
    rateLimitInterval = mkOption { type = types.str; default = "30s"; description = "The span of `rateLimitBurst`."; };
    rateLimitBurst = mkOption { type = types.int; default = 10000; description = "How many messages of a service are taken in `rateLimitInterval`; 0 for all."; };
    console = mkOption { type = types.str; default = ""; example = "/dev/tty12"; description = "A terminal that shows all messages."; };
    forwardToSyslog = mkOption { type = types.bool; default = false; description = "Whether a syslog daemon gets all messages."; };
    audit = mkOption { type = types.nullOr types.bool; default = null; description = "Whether the kernel's auditing is turned on or off; null leaves it."; };
    extraConfig = mkOption { type = types.lines; default = ""; example = "SystemMaxUse=1G"; description = "Further lines of journald.conf's [Journal] section."; };
    settings = mkOption { type = types.attrsOf (types.attrsOf unitOption); default = { }; description = "Settings of journald.conf."; };
  };

  options.services.logind = {
    powerKey = action "poweroff" "What the power button does.";
    lidSwitch = action "suspend" "What closing the lid does.";
    lidSwitchExternalPower = action config.services.logind.lidSwitch "As `lidSwitch`, on mains power." // { defaultText = lib.literalExpression "config.services.logind.lidSwitch"; };
    killUserProcesses = mkOption { type = types.bool; default = false; description = "Whether a user's processes end with the last session."; };
    extraConfig = mkOption { type = types.lines; default = ""; description = "Further lines of logind.conf's [Login] section."; };
    settings = mkOption { type = types.attrsOf (types.attrsOf unitOption); default = { }; description = "Settings of logind.conf."; };
  };

  config = {
    environment.etc."systemd/journald.conf".text = settingsToText {
      Journal = {
        Storage = journald.storage;
        RateLimitInterval = journald.rateLimitInterval;
        RateLimitBurst = journald.rateLimitBurst;
        ForwardToSyslog = journald.forwardToSyslog;
        # Empty leaves the kernel as it is.
        Audit = if journald.audit == null then "" else journald.audit;
      } // lib.optionalAttrs (journald.console != "") { ForwardToConsole = true; TTYPath = journald.console; }
      // journald.settings.Journal or { };
    } + journald.extraConfig;

    environment.etc."systemd/logind.conf".text = settingsToText {
      Login = {
        HandlePowerKey = logind.powerKey;
        HandleLidSwitch = logind.lidSwitch;
        HandleLidSwitchExternalPower = logind.lidSwitchExternalPower;
        KillUserProcesses = logind.killUserProcesses;
      } // logind.settings.Login or { };
    } + logind.extraConfig;

    # Without systemd-coredump, which is a package of its own, Debian's kernels would write `core` files into working directories.
    boot.kernel.sysctl."kernel.core_pattern" = lib.mkIf (!config.systemd.coredump.enable) (lib.mkDefault "core");
  };
}
