# The files of a modular service are in a folder of its name.
let
  inFolder =
    prefix:
    { lib, name, ... }:
    let
      service = "${prefix}${name}";
    in
    {
      _class = "service";
      options.configData = lib.mkOption {
        type = lib.types.lazyAttrsOf (
          lib.types.submodule (
            { config, ... }:
            {
              config.path = lib.mkDefault "/etc/system-services/${service}/${config.name}";
            }
          )
        );
      };
      options.services = lib.mkOption {
        type = lib.types.attrsOf (
          lib.types.submoduleWith { modules = [ (inFolder "${service}-") ]; }
        );
      };
    };
in
inFolder ""
