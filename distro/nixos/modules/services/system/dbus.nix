# D-Bus. Debian's packages have their policies and services in /usr and /etc, where the bus finds them; those of other packages are
# added to its configuration.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.dbus;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  others = builtins.filter (p: !utils.isDebianPackage p) cfg.packages;
  isBroker = cfg.implementation == "broker";

  pathOf = text.restrict "[^<>&[:cntrl:]]+" "`<', `>', `&' or control characters" {
    option = "services.dbus.packages";
    file = "the configuration of D-Bus";
  };
  # `kind' is system or session; services of sessions are in dbus-1/services.
  configuration =
    kind: services:
    "<busconfig>\n"
    + lib.concatMapStrings (
      package:
      let
        path = pathOf "${package}";
      in
      "  <includedir>${path}/etc/dbus-1/${kind}.d</includedir>\n"
      + "  <includedir>${path}/share/dbus-1/${kind}.d</includedir>\n"
      + "  <servicedir>${path}/share/dbus-1/${services}</servicedir>\n"
    ) others
    + lib.optionalString (cfg.apparmor != "enabled") "  <apparmor mode=\"${cfg.apparmor}\"/>\n"
    + "</busconfig>\n";
  isNeeded = others != [ ] || cfg.apparmor != "enabled";
in
{
  options.services.dbus = {
    enable = mkOption {
      type = types.enum [ true ];
      default = true;
      internal = true;
      description = "Whether there is D-Bus, without which no system of Debian works.";
    };
    implementation = mkOption {
      type = types.enum [ "dbus" "broker" ];
      default = "dbus";
      description =
        "The program that is the message bus: dbus-daemon, or dbus-broker, which is faster and knows the same configuration.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description =
        "Packages whose policies and services of D-Bus are installed: their files in etc/dbus-1 and share/dbus-1.";
    };
    apparmor = mkOption {
      type = types.enum [ "enabled" "disabled" "required" ];
      default = "enabled";
      description =
        "Whether AppArmor decides about messages: where the kernel has it, never, or always. NixOS's default is `disabled`.";
    };
  };

  config = {
    environment.systemPackages =
      cfg.packages ++ lib.optional isBroker pkgs.debianPackages.dbus-broker;
    environment.etc = lib.mkIf isNeeded {
      "dbus-1/system-local.conf".text = configuration "system" "system-services";
      "dbus-1/session-local.conf".text = configuration "session" "services";
    };
    systemd.upstreamAliases = lib.mkIf isBroker { "dbus.service" = "dbus-broker.service"; };
  };
}
