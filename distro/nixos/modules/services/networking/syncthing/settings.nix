# The options of Syncthing's settings, which have the names of its REST interface.
{ lib, pkgs }:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) orNull;
  free = (pkgs.formats.json { }).type;

  general = types.submodule {
    freeformType = free;
    options = {
      localAnnounceEnabled =
        orNull
          types.bool
          "Whether the machine announces itself on the local network, and finds others there.";
      localAnnouncePort = orNull types.int "The port of these announcements.";
      relaysEnabled = orNull types.bool "Whether relays are used to reach other devices.";
      urAccepted =
        orNull
          types.int
          "Whether anonymous usage is reported: -1 for no, a version's number for yes, 0 for a question.";
      limitBandwidthInLan =
        orNull types.bool "Whether limits of bandwidth hold for the local network, too.";
      maxFolderConcurrency = orNull types.int "How many folders may be scanned at once.";
    };
  };

  device = types.submodule (
    { name, ... }:
    {
      freeformType = free;
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "The name that is shown.";
        };
        id = mkOption {
          type = types.str;
          example = "7CFNTQM-IMTJBHJ-3UWRDIU-ZGQJFR6-VCXZ3NB-XUH3KZO-N52ITXR-LAIYUAU";
          description = "The device's id.";
        };
        autoAcceptFolders = mkOption {
          type = types.bool;
          default = false;
          description = "Whether folders that the device shares are made without a question.";
        };
      };
    }
  );

  sharedWith = types.submodule {
    freeformType = free;
    options = {
      name = mkOption {
        type = types.str;
        description = "The name of the device in `settings.devices`.";
      };
      encryptionPasswordFile = mkOption {
        type = types.nullOr (
          types.pathWith {
            inStore = false;
            absolute = true;
          }
        );
        default = null;
        description =
          "A file in the machine with the password by which what the device gets is encrypted.";
      };
    };
  };

  folder = types.submodule (
    { name, ... }:
    {
      freeformType = free;
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the folder is shared.";
        };
        path = mkOption {
          type = types.strMatching "(/|~/).*" // {
            description = "string that begins with / or ~/";
          };
          default = name;
          description = "Where the folder is; `~/` is the home of the user.";
        };
        id = mkOption {
          type = types.str;
          default = name;
          description = "The folder's id, the same on all devices.";
        };
        label = mkOption {
          type = types.str;
          default = name;
          description = "The name that is shown.";
        };
        type = mkOption {
          type = types.enum [ "sendreceive" "sendonly" "receiveonly" "receiveencrypted" ];
          default = "sendreceive";
          description = "In which directions changes go.";
        };
        devices = mkOption {
          type = types.listOf (types.either types.str sharedWith);
          default = [ ];
          example = [ "laptop" ];
          description = "The names of the devices that the folder is shared with.";
        };
        versioning = mkOption {
          type = types.nullOr (
            types.submodule {
              freeformType = free;
              options.type = mkOption {
                type = types.enum [ "external" "simple" "staggered" "trashcan" ];
                description = "How old versions are kept.";
              };
            }
          );
          default = null;
          example = {
            type = "simple";
            params.keep = "10";
          };
          description = "Whether and how old versions of files are kept.";
        };
        copyOwnershipFromParent = mkOption {
          type = types.bool;
          default = false;
          description = "Whether new files get the owner of the directory that they are in.";
        };
      };
    }
  );
in
mkOption {
  type = types.submodule {
    freeformType = free;
    options = {
      options = mkOption {
        type = general;
        default = { };
        description = "General options of Syncthing.";
      };
      devices = mkOption {
        type = types.attrsOf device;
        default = { };
        description = "Other devices, by name.";
      };
      folders = mkOption {
        type = types.attrsOf folder;
        default = { };
        description = "Folders that are shared, by path or name.";
      };
    };
  };
  default = { };
  example = {
    options.urAccepted = -1;
    gui.theme = "dark";
  };
  description =
    "Settings of Syncthing, by the names of its REST interface. They are applied each time it starts.";
}
