# Options of NixOS that have nothing to do here: a module that declares them, and says so where one is given another value than its default.
#
# Each entry is { path, type, default, why }. With `refused' it is an error, for what the configuration would miss without it; otherwise it
# is a warning, for what is so in any case, or changes nothing that could be seen.
{ lib }:

entries:
{ config, ... }:

let
  isSet = e: lib.getAttrFromPath e.path config != e.default;
  name = e: "The option `${lib.showOption e.path}'";
  refused = builtins.filter (e: e.refused or false) entries;
  warned = builtins.filter (e: !(e.refused or false)) entries;

  declare =
    e:
    lib.setAttrByPath e.path (
      lib.mkOption {
        inherit (e) type default;
        description = "${if e.refused or false then "Not available" else "No effect"}: ${e.why}.";
      }
    );
in
{
  options = builtins.foldl' lib.recursiveUpdate { } (map declare entries);

  config.warnings = lib.concatMap (
    e: lib.optional (isSet e) "${name e} has no effect: ${e.why}."
  ) warned;
  config.assertions = map (e: {
    assertion = !(isSet e);
    message = "${name e} is not available: ${e.why}.";
  }) refused;
}
