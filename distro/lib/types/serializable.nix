# Values that a format such as JSON can hold.
{ lib }:

let
  inherit (lib.types) attrsOf bool float int listOf nullOr oneOf path str;

  serializableValueWith =
    {
      typeName,
      nullable ? true,
    }:
    let
      value = oneOf [ bool int float str path (attrsOf within) (listOf within) ];
      within = (if nullable then nullOr value else value) // { description = "${typeName} value"; };
    in
    within;
in
{
  inherit serializableValueWith;
  json = serializableValueWith { typeName = "JSON"; };
  toml = serializableValueWith {
    typeName = "TOML";
    nullable = false;
  };
}
