# Keyboard and font of the virtual consoles. A serial console has neither.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.console;
  inherit (import ../../lib/formats { inherit lib; }) assignments;
  setting = option: assignments.environmentFile { option = "console.${option}"; file = "vconsole.conf"; };
  wanted = cfg.keyMap != "us" || cfg.font != null;
in
{
  options.console = {
    enable = mkOption { type = types.bool; default = true; description = "Whether virtual consoles get login prompts."; };
    keyMap = mkOption {
      type = types.either types.str types.path;
      default = "us";
      example = "de";
      description = "The keyboard's layout on the virtual consoles. Another one than `us`, the kernel's own, brings the packages kbd and console-data along.";
    };
    font = mkOption { type = types.nullOr (types.either types.str types.path); default = null; example = "Lat2-Terminus16"; description = "The font of the virtual consoles."; };
    packages = mkOption { type = types.listOf types.package; default = [ ]; description = "Packages with fonts and layouts."; };
    earlySetup = mkOption { type = types.bool; default = false; description = "No effect: layout and font are set by systemd."; };
    colors = mkOption { type = types.listOf (types.strMatching "[[:xdigit:]]{6}"); default = [ ]; description = "The 16 colours of the virtual consoles."; };
    useXkbConfig = mkOption { type = types.bool; default = false; visible = false; description = "Not available."; };
  };

  config = {
    system.basePackages = lib.optionals wanted [ "kbd" "console-data" ];
    environment.systemPackages = cfg.packages;
    environment.etc."vconsole.conf".text = setting "keyMap" "KEYMAP" (toString cfg.keyMap) + lib.optionalString (cfg.font != null) (setting "font" "FONT" (toString cfg.font));
    systemd.suppressedSystemUnits = lib.optional (!wanted) "systemd-vconsole-setup.service";
    boot.kernelParams = lib.optionals (cfg.colors != [ ]) (
      let channel = offset: "vt.default_${lib.elemAt [ "red" "grn" "blu" ] offset}=" + lib.concatMapStringsSep "," (c: "0x${lib.substring (2 * offset) 2 c}") cfg.colors;
      in map channel [ 0 1 2 ]
    );
  };
}
