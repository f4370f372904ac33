(import ./system.inc (
  { lib, ... }:
  {
    users.users.bob = { isSystemUser = true; group = "bobs"; };
    users.ofPackages = lib.mkForce { users = { }; groups = [ ]; };
  }
)).checked
