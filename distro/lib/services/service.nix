# What every modular service has, whatever runs it.
{ pkgs }:

{ lib, ... }:

let
  inherit (lib) mkOption types;

  file =
    {
      config,
      name,
      options,
      ...
    }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the file is there.";
        };
        name = mkOption {
          type = types.str;
          default = name;
          description = "Its path in the folder of the service's files.";
        };
        path = mkOption {
          type = types.str;
          readOnly = true;
          description = "Where the service finds it, which the service manager decides.";
        };
        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
          description = "Its contents.";
        };
        source = mkOption {
          type = types.path;
          description = "The file that it is. Defaults to one with the contents of `text`.";
        };
      };
      config.source = lib.mkIf (config.text != null) (
        lib.mkDerivedConfig options.text (
          pkgs.writeText "service-configdata-${lib.replaceStrings [ "/" ] [ "-" ] name}"
        )
      );
    };
in
{
  _class = "service";

  imports = [ ../../nixos/modules/misc/assertions.nix ../../nixos/modules/misc/meta.nix ];

  options = {
    process.argv = mkOption {
      type = types.listOf (types.coercedTo types.path (it: "${it}") types.str);
      example = lib.literalExpression ''[ (lib.getExe config.package) "--nobackground" ]'';
      description =
        "The program and its arguments, as they are: no shell and no service manager expands them.";
    };
    notificationProtocol = mkOption {
      type = types.listOf (types.enum [ "systemd" "s6" ]);
      default = [ ];
      apply = lib.unique;
      description = "By which protocols the process says that it is ready.";
    };
    configData = mkOption {
      type = types.lazyAttrsOf (types.submodule file);
      default = { };
      example = {
        "server.conf".text = "port = 8080\n";
      };
      description = "Files of the service, which can change while it runs.";
    };
    services = mkOption {
      type = types.attrsOf (
        types.submoduleWith {
          modules = [ (lib.modules.importApply ./service.nix { inherit pkgs; }) ];
        }
      );
      default = { };
      visible = "shallow";
      description = "Services that this one consists of.";
    };
  };
}
