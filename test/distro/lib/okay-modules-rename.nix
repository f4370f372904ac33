{ lib ? import ../../../distro/lib }:
with lib;
let
  common = {
    options.assertions = mkOption { type = types.listOf types.unspecified; default = [ ]; };
    options.warnings = mkOption { type = types.listOf types.str; default = [ ]; };
  };
  eval = modules: evalModules { modules = [ common ] ++ modules; };
  new = { options.new.x = mkOption { type = types.int; default = 0; }; };
  renamed = eval [ new (mkRenamedOptionModule [ "old" "y" ] [ "new" "x" ]) { _file = "user.nix"; old.y = 3; } ];
  unset = eval [ new (mkRenamedOptionModule [ "old" "y" ] [ "new" "x" ]) ];
  alias = eval [ new (mkAliasOptionModule [ "also" ] [ "new" "x" ]) { also = mkDefault 4; } { new.x = 5; } ];
  changed = eval [ new (mkChangedOptionModule [ "words" ] [ "new" "x" ] (config: if config.words == "two" then 2 else 1))
    { words = "two"; } ];
  merged = eval [ new (mkMergedOptionModule [ [ "a" ] [ "b" ] ] [ "new" "x" ]
      (config: 1 + (if config.a == true then 10 else 0))) { _file = "user.nix"; a = true; } ];
  removed = eval [ (mkRemovedOptionModule [ "gone" ] "Use nothing.") { _file = "user.nix"; gone = 1; } ];
in
{
  renamed = { inherit (renamed.config) new warnings; };
  unset = { inherit (unset.config) new warnings; };
  alias = alias.config.new;
  changed = changed.config.new;
  merged = { inherit (merged.config) new; };
  removed = map (a: { inherit (a) assertion; }) removed.config.assertions;
}
