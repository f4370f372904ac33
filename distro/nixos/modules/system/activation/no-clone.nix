# What a specialisation does not have from its system: specialisations.
{ lib, ... }:

{
  specialisation = lib.mkOverride 0 { };
}
