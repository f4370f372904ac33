# TLP: settings that save power, by Debian's units.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.tlp;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  quoted =
    name:
    text.restrict
      "[^\"\\\\$`[:cntrl:]]*"
      "quotes, backslashes, `$', line breaks or other control characters"
      {
        option = lib.showOption [ "services" "tlp" "settings" name ];
        file = "a file of TLP's";
      };
  line =
    name: value:
    let
      words = map toString (
        lib.toList (if builtins.isBool value then if value then 1 else 0 else value)
      );
      key = text.variableName {
        option = "services.tlp.settings";
        file = "a file of TLP's";
      } name;
    in
    "${key}=\"${quoted name (lib.concatStringsSep " " words)}\"\n";
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "tlp" "extraConfig" ] "Set services.tlp.settings.")
  ];

  options.services.tlp = {
    enable = lib.mkEnableOption "TLP, which saves the power of laptops";
    package = lib.mkPackageOption pkgs "tlp" { };
    settings = mkOption {
      type =
        let
          atom = types.oneOf [ types.bool types.int types.float types.str ];
        in
        types.attrsOf (types.either atom (types.listOf atom));
      default = { };
      example = {
        START_CHARGE_THRESH_BAT0 = 75;
        USB_BLACKLIST_PHONE = 1;
      };
      description =
        "Settings of TLP (https://linrunner.de/tlp/settings). true and false are 1 and 0.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc."tlp.d/01-nixos.conf".text = lib.concatStrings (
      lib.mapAttrsToList line cfg.settings
    );
    systemd.packages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    systemd.services.tlp.wantedBy = [ "multi-user.target" ];
    # TLP switches radios itself.
    systemd.suppressedSystemUnits = [ "systemd-rfkill.service" "systemd-rfkill.socket" ];
  };
}
