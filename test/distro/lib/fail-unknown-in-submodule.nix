let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [
  { options.users = lib.mkOption { type = lib.types.attrsOf (lib.types.submodule { options.shell = lib.mkOption { default = ""; }; }); }; }
  { users.bob = { shel = "zsh"; }; } ]; }).config.users.bob.shell
