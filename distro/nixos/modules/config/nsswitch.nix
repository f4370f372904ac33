# Where names of users, hosts and services are looked up.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/formats { inherit lib; }) text;
  database = mkOption {
    type = types.listOf types.str;
    default = [ ];
    example = [ "files" "systemd" ];
    description = "The sources to look names up in, in order, as in nsswitch.conf(5).";
  };
in
{
  options.system.nssDatabases = {
    passwd = database;
    group = database;
    shadow = database;
    sudoers = database;
    hosts = database;
    services = database;
  };
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "services" "nscd" "enable" ];
        type = types.bool;
        default = false;
        why =
          "programs load the modules of name services themselves, from /usr/lib, so that no daemon has to do it for them";
      }
      {
        path = [ "services" "nscd" "enableNsncd" ];
        type = types.bool;
        default = false;
        why =
          "programs load the modules of name services themselves, from /usr/lib, so that no daemon has to do it for them";
      }
    ])
  ];

  options.system.nssModules = mkOption {
    type = types.listOf types.path;
    default = [ ];
    internal = true;
    # Services of NixOS's modules have the path among their variables.
    apply = list: {
      inherit list;
      path = lib.makeLibraryPath list;
    };
    description = "Packages that provide name service modules. Debian's are found in /usr.";
  };

  config = {
    system.nssDatabases = {
      passwd = lib.mkBefore [ "files" ];
      group = lib.mkBefore [ "files" ];
      shadow = lib.mkBefore [ "files" ];
      sudoers = lib.mkBefore [ "files" ];
      hosts = lib.mkMerge [ (lib.mkOrder 998 [ "files" ]) (lib.mkOrder 1499 [ "dns" ]) ];
      services = lib.mkBefore [ "files" ];
    };

    environment.systemPackages = config.system.nssModules.list;

    environment.etc."nsswitch.conf".text = lib.concatStrings (
      lib.mapAttrsToList
        (
          name: sources:
          "${name}: ${
            lib.concatMapStringsSep
              " "
              (text.line { option = "system.nssDatabases.${name}"; file = "nsswitch.conf"; })
              sources
          }\n"
        )
        (config.system.nssDatabases // {
          networks = [ "files" ];
          ethers = [ "files" ];
          protocols = [ "files" ];
          rpc = [ "files" ];
          gshadow = [ "files" ];
        })
    );
  };
}
