# The options of services.mosquitto.
{ lib, pkgs, ... }:

let
  lineTypes = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  inherit (lineTypes) secretLine;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) orNull;

  # The file has no quotes: a value is the rest of its line.
  line = types.strMatching "[^[:cntrl:]]*" // {
    description = "text in one line";
  };
  path = types.addCheck types.path (p: builtins.match "[^[:cntrl:]]+" "${p}" != null);
  value = types.oneOf [ types.bool types.int path line ];
  strings =
    description: example:
    mkOption {
      type = types.listOf line;
      default = [ ];
      inherit description example;
    };
  settings =
    what:
    mkOption {
      type = types.submodule { freeformType = types.attrsOf value; };
      default = { };
      description = "Further settings of ${what}, as in mosquitto.conf(5).";
    };

  user.options = {
    password =
      orNull secretLine "The password. Everyone can read it in the store: use `passwordFile`.";
    passwordFile = orNull lineTypes.machineFile "A file with the password.";
    hashedPassword =
      orNull secretLine "The password as mosquitto_passwd writes it, after the name and the colon.";
    hashedPasswordFile = orNull lineTypes.machineFile "A file with that.";
    acl = strings "Topics that the user may use." [ "readwrite sensors/#" ];
  };

  authPlugin.options = {
    plugin = mkOption {
      type = path;
      description = "The plugin's library.";
    };
    denySpecialChars = mkOption {
      type = types.bool;
      default = true;
      description = "Whether clients with `#` or `+` in their names are refused.";
    };
    options = mkOption {
      type = types.addCheck (types.attrsOf value) (
        set: lib.all (name: builtins.match "[^[:space:]]+" name != null) (lib.attrNames set)
      );
      default = { };
      description = "Settings of the plugin, without `auth_opt_`.";
    };
  };

  listener.options = {
    port = mkOption {
      type = types.port;
      default = 1883;
      description = "The port; 0 for a socket whose path is the address.";
    };
    address = mkOption {
      type = types.nullOr line;
      default = null;
      description = "The address. null is all.";
    };
    authPlugins = mkOption {
      type = types.listOf (types.submodule authPlugin);
      default = [ ];
      description = "Plugins that decide who may connect.";
    };
    users = mkOption {
      type = types.attrsOf (types.submodule user);
      default = { };
      example = {
        lamp = {
          passwordFile = "/run/secrets/lamp";
          acl = [ "readwrite lamp/#" ];
        };
      };
      description = "Users by name.";
    };
    omitPasswordAuth = mkOption {
      type = types.bool;
      default = false;
      description = "Whether clients need no password.";
    };
    acl = strings "Lines of the file of access before those of the users." [ "pattern read #" ];
    settings = settings "the listener";
  };

  bridge.options = {
    addresses = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            address = mkOption {
              type = line;
              description = "The other broker.";
            };
            port = mkOption {
              type = types.port;
              default = 1883;
              description = "Its port.";
            };
          };
        }
      );
      default = [ ];
      description = "Where the other broker is.";
    };
    topics = strings "Topics that both brokers have." [ "# both 2 local/ remote/" ];
    settings = settings "the bridge";
  };
in
{
  options.services.mosquitto = {
    enable = lib.mkEnableOption "Mosquitto, a broker of MQTT";
    package = lib.mkPackageOption pkgs "mosquitto" { };
    listeners = mkOption {
      type = types.listOf (types.submodule listener);
      default = [ ];
      description = "Where clients connect, and who may.";
    };
    bridges = mkOption {
      type = types.addCheck (types.attrsOf (types.submodule bridge)) (
        set: lib.all (name: builtins.match "[^[:cntrl:]]+" name != null) (lib.attrNames set)
      );
      default = { };
      description = "Other brokers that share topics with this one.";
    };
    includeDirs = mkOption {
      type = types.listOf path;
      default = [ ];
      description = "Folders with further files of settings.";
    };
    logDest = mkOption {
      type = types.listOf (
        types.either path (types.enum [ "stdout" "stderr" "syslog" "topic" "dlt" ])
      );
      default = [ "stderr" ];
      description = "Where the log goes.";
    };
    logType = mkOption {
      type = types.listOf (
        types.enum [
          "debug"
          "error"
          "warning"
          "notice"
          "information"
          "subscribe"
          "unsubscribe"
          "websockets"
          "none"
          "all"
        ]
      );
      default = [ ];
      description = "What is logged.";
    };
    persistence = mkOption {
      type = types.bool;
      default = true;
      description = "Whether messages and subscriptions outlive the broker.";
    };
    dataDir = mkOption {
      type = path;
      default = "/var/lib/mosquitto";
      description = "The folder of the data.";
    };
    settings = settings "the broker";
  };
}
