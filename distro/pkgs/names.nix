{ lib, self, archive, mkPackage }:
{ }
