# Variants of the system, each a whole system in the store of the same image: a running machine can switch to one, and the boot menu has an
# entry for it.
{
  config,
  extendModules,
  lib,
  noUserModules,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  # The name becomes a file's, part of a title in the boot menu, and of a command.
  checkedName =
    text.restrict
      "[A-Za-z0-9+:=_-][A-Za-z0-9+:=._-]*"
      "other characters than letters, digits and `+-:=._', nor begin with a full stop"
      {
        option = "a name in specialisation";
        file = "the system's folder of specialisations";
      };
in
{
  options = {
    specialisation = mkOption {
      type = types.attrsOf (
        types.submodule (
          { config, ... }:
          {
            options = {
              inheritParentConfig = mkOption {
                type = types.bool;
                default = true;
                description =
                  "Whether the specialisation has all that the system's configuration has. Without it, it is a system of its own.";
              };
              configuration = mkOption {
                default = { };
                visible = "shallow";
                description =
                  "What the specialisation changes: a module, as of any system. Specialisations in it are left out.";
                inherit ((
                  if config.inheritParentConfig then extendModules else noUserModules.extendModules
                )
                  {
                    modules = [ ./no-clone.nix ];
                  })
                  type
                  ;
              };
            };
          }
        )
      );
      default = { };
      example =
        lib.literalExpression ''{ debug.configuration = { boot.kernelParams = [ "debug" ]; }; }'';
      description =
        "Variants of the system that are built and put into images with it. The boot menu has an entry for each, and "
        + "`/run/current-system/specialisation/NAME/bin/switch-to-configuration test` switches a running machine to one.";
    };
  };

  config.system.systemBuilderArgs = lib.mapAttrs' (
    name: child:
    lib.nameValuePair "specialisation/${checkedName name}" {
      target = "${child.configuration.system.build.toplevel}";
    }
  ) config.specialisation;
}
