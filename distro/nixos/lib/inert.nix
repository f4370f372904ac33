# Options of NixOS that have no effect here: a module that declares them, and reports values other than their defaults.
#
# Each entry is { path, type, default, why }. With `refused', setting the option is an error: the system would lack what it asks for.
# Otherwise it is a warning: the system behaves so anyway, or the difference cannot be seen.
{ lib }:

entries:
{ config, ... }:

let
  isSet = e: lib.getAttrFromPath e.path config != e.default;
  name = e: lib.showOption e.path;
  # A reason of several sentences says what to do in the last one.
  hint = e: lib.optionalString (!lib.hasInfix ". " e.why) " Remove the setting.";
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
    e: lib.optional (isSet e) "${name e} has no effect: ${e.why}.${hint e}"
  ) warned;
  config.assertions = map (e: {
    assertion = !(isSet e);
    message = "${name e} is not available: ${e.why}.${hint e}";
  }) refused;
}
