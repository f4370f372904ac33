# Limits of partitions become attributes of the image; without any, nothing changes.
let
  image = import ./image.inc;
  shown = d: { bootSize = d.bootSize or null; rootMinimum = d.rootMinimum or null; rootMaximum = d.rootMaximum or null; };
  of = repart: args:
    shown (image { inherit args; image.repart.partitions = builtins.mapAttrs (_: repartConfig: { inherit repartConfig; }) repart; });
  efi = { partitionTableType = "efi"; };
in
{
  none = of { } { };
  root = of { root = { SizeMinBytes = "2G"; SizeMaxBytes = 8589934593; }; } { };
  # It ends at 48 MiB where nothing is said, and begins at 8.
  espMinimum = of { esp.SizeMinBytes = "512M"; } efi;
  espMaximum = of { esp.SizeMaxBytes = "100M"; } (efi // { bootSize = "1G"; });
  espBetween = of { esp = { SizeMinBytes = "10M"; SizeMaxBytes = "1T"; }; } (efi // { bootSize = 256; });
  noEsp = of { esp.SizeMinBytes = "512M"; } { partitionTableType = "legacy"; };
}
