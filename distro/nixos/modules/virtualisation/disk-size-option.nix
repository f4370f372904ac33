# The size of a machine's first disk.
{ lib, ... }:

let
  inherit (lib) mkOption types;
in
{
  options.virtualisation.diskSize = mkOption {
    type = types.either (types.enum [ "auto" ]) types.ints.positive;
    default = "auto";
    example = 20480;
    description =
      "The size of the machine's first disk in MiB, at least that of the image. `auto` is the image's own. With `boot.growPartition`, "
      + "the guest grows its file system at boot.";
  };
}
