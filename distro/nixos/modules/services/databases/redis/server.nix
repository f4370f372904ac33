# The options of one server of Redis, as a module; `serviceName' gives the name of its unit.
{ lib, serviceName }:

{ config, name, ... }:

let
  lineTypes = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag line orNull;
  inherit (import ../../../../lib/line-types.nix { inherit lib; }) secretLine;
  service = serviceName name;
  integer =
    default: description:
    mkOption {
      type = types.int;
      inherit default description;
    };
in
{
  options = {
    enable = lib.mkEnableOption "this server";
    user =
      line service "The user that the server runs as. Another one than the default must exist.";
    group =
      line config.user "The group that the server runs as. Another one than the default must exist."
      // {
        defaultText = lib.literalExpression "config.user";
      };
    port = mkOption {
      type = types.port;
      default = if name == "" then 6379 else 0;
      defaultText = lib.literalExpression ''if name == "" then 6379 else 0'';
      description = "The port; 0 is none.";
    };
    openFirewall = flag false "Whether the firewall lets others reach the port.";
    extraParams = mkOption {
      type = types.listOf types.singleLineStr;
      default = [ ];
      example = [ "--sentinel" ];
      description = "Further arguments of redis-server.";
    };
    bind = mkOption {
      type = types.nullOr types.singleLineStr;
      default = "127.0.0.1";
      example = "192.0.2.1";
      description = "The address that the server listens at. null is all.";
    };
    unixSocket = mkOption {
      type = types.nullOr types.path;
      default = "/run/${service}/redis.sock";
      defaultText = lib.literalExpression ''"/run/redis-''${name}/redis.sock"'';
      description = "The path of the server's socket.";
    };
    unixSocketPerm = integer 660 "The mode of the socket, in digits as chmod has them.";
    logLevel = line "notice" "What is logged: `debug`, `verbose`, `notice` or `warning`.";
    logfile = line "/dev/null" "The file of the log; `stdout` is the journal.";
    syslog = flag true "Whether the log goes to the system's, too.";
    databases = integer 16 "How many databases there are.";
    maxclients = integer 10000 "How many clients may be connected.";
    save = mkOption {
      type = types.listOf (types.listOf types.int);
      default = [ [ 900 1 ] [ 300 10 ] [ 60 10000 ] ];
      description =
        "When data are saved: after so many seconds, if there were so many changes. An empty list is never.";
    };
    slaveOf =
      orNull
        (types.submodule {
          options = {
            ip = mkOption {
              type = types.singleLineStr;
              description = "The other server's address.";
            };
            port = mkOption {
              type = types.port;
              default = 6379;
              description = "Its port.";
            };
          };
        })
        "The server of which this one is a copy.";
    masterAuth =
      orNull secretLine "The password of that server. Everyone can read it in the store.";
    requirePass =
      orNull
        secretLine
        "The password of clients. Everyone can read it in the store: use `requirePassFile`.";
    requirePassFile = orNull lineTypes.machineFile "A file with the password of clients.";
    appendOnly = flag false "Whether each change is written to a file at once.";
    appendFsync =
      line "everysec" "When that file is flushed to the disk: `no`, `always` or `everysec`.";
    slowLogLogSlowerThan =
      integer 10000 "From how many microseconds on a command is in the log of slow ones.";
    slowLogMaxLen = integer 128 "How many commands that log has.";
    settings = mkOption {
      type = types.attrsOf (
        types.oneOf [ types.bool types.int types.str (types.listOf types.str) ]
      );
      default = { };
      example = { maxmemory = "100mb"; };
      description = "Settings of redis.conf. A list is a setting several times.";
    };
  };

  config.settings =
    {
      inherit (config) port databases maxclients;
      daemonize = false;
      supervised = "systemd";
      loglevel = config.logLevel;
      inherit (config) logfile;
      syslog-enabled = config.syslog;
      save =
        if config.save == [ ] then
          ''""''
        else
          map (lib.concatMapStringsSep " " toString) config.save;
      dbfilename = "dump.rdb";
      dir = "/var/lib/${service}";
      appendonly = config.appendOnly;
      appendfsync = config.appendFsync;
      slowlog-log-slower-than = config.slowLogLogSlowerThan;
      slowlog-max-len = config.slowLogMaxLen;
    }
    // lib.optionalAttrs (config.bind != null) { inherit (config) bind; }
    // lib.optionalAttrs (config.unixSocket != null) {
      unixsocket = config.unixSocket;
      unixsocketperm = toString config.unixSocketPerm;
    }
    // lib.optionalAttrs (config.slaveOf != null) {
      slaveof = "${config.slaveOf.ip} ${toString config.slaveOf.port}";
    }
    // lib.optionalAttrs (config.masterAuth != null) { masterauth = config.masterAuth; }
    // lib.optionalAttrs (config.requirePass != null) { requirepass = config.requirePass; };
}
