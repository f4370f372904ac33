# Units and configuration files of systemd as text.
{ lib }:

let
  inherit (builtins) attrNames concatStringsSep filter isAttrs isBool isList isPath map toJSON;

  toValue = value:
    if value == true then "true"
    else if value == false then "false"
    else if isPath value then "${value}"
    else toString value;

  # A list is one line an entry: systemd adds them up. null is no line.
  toLines = name: value:
    if value == null then ""
    else if isList value then lib.concatMapStrings (v: "${name}=${toValue v}\n") value
    else "${name}=${toValue value}\n";
in
rec {
  inherit toLines;

  attrsToSection = section: lib.concatStrings (lib.mapAttrsToList toLines section);

  /* { Section = { Key = value or list; }; } as text; empty sections are left out. */
  settingsToText = settings:
    let
      body = lib.mapAttrs (_: attrsToSection) settings;
      present = filter (name: body.${name} != "") (attrNames settings);
    in
    lib.concatMapStringsSep "\n" (name: "[${name}]\n${body.${name}}") present;

  /* Environment="NAME=value" lines; null leaves a variable out. */
  environmentLines = environment:
    lib.concatStrings (lib.mapAttrsToList
      (name: value: lib.optionalString (value != null)
        "Environment=${toJSON "${name}=${builtins.replaceStrings [ "%" ] [ "%%" ] (toValue value)}"}\n")
      environment);
}
