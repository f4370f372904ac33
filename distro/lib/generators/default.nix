# Values as text of other formats.
{ lib }:

let
  part = file: import file { inherit lib; };
in
part ./lines.nix
// part ./ini.nix
// part ./pretty.nix
// part ./plist.nix
// part ./lua.nix
// part ./dhall.nix
// {
  toJSON = { }: builtins.toJSON;
  # JSON is YAML.
  toYAML = { }: builtins.toJSON;
}
