# Passwords in units, as systemd reads them: a backslash, blanks and percent signs stay.
let
  system = import ./system.inc {
    services.mosquitto = { enable = true; listeners = [ { users = {
      a.password = "a\\nb: %h ";
      b.hashedPassword = "$7$101$x\\y";
      c.passwordFile = "/c";
    }; } ]; };
    services.redis.servers.a = { enable = true; requirePass = "it's\n"; };
  };
  inherit (system) config lib;
in
{
  mosquitto = lib.filter (lib.hasInfix "Credential=") (lib.splitString "\n" config.systemd.units."mosquitto.service".text);
  redis = config.services.redis.servers.a.settings.requirepass;
}
