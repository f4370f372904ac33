# Metadata of modules.
{ lib, ... }:

let
  # The values of each module, by its file: { file = [ ... ]; }.
  perFile = lib.mkOptionType {
    name = "list by file";
    check = builtins.isList;
    merge =
      loc: defs:
      builtins.foldl' (
        acc: d: acc // { ${toString d.file} = acc.${toString d.file} or [ ] ++ d.value; }
      ) { } defs;
  };
in
{
  options.meta = {
    maintainers = lib.mkOption {
      type = perFile;
      internal = true;
      default = [ ];
      description = "The maintainers of the module.";
    };
    teams = lib.mkOption {
      type = perFile;
      internal = true;
      default = [ ];
      description = "The teams that maintain the module.";
    };
    doc = lib.mkOption {
      type = lib.types.anything;
      internal = true;
      default = null;
      description = "A chapter of documentation that comes with a module.";
    };
    buildDocsInSandbox = lib.mkOption {
      type = lib.types.bool;
      internal = true;
      default = true;
      description =
        "Whether a module's documentation can be built from its file alone. Has no effect here.";
    };
  };
}
