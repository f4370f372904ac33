let
  image = import ./image.inc;
  shown = d: { inherit (d) name drvPath baseName format partitionTableType diskSize bootSize grub toplevel contents label filePath; };
  plain = d: shown (d // { bootSize = d.bootSize or null; });
in
{
  blog = plain (image { args = { diskSize = 10240; format = "qcow2"; partitionTableType = "hybrid"; }; });
  defaults = plain (image { });
  efi = plain (image { args = { partitionTableType = "efi"; bootSize = "256M"; baseName = "disk"; label = "nixos"; format = "raw"; }; });
  contents = (plain
    (image { args = { contents = [ { source = builtins.toFile "a" "x"; target = "/etc/a"; mode = "0600";
              user = "root"; } ]; configFile = builtins.toFile "configuration.nix" "{ }"; }; })).contents;
  noBootLoader = (image { args.installBootLoader = false; }).grub;
  efiOnly = (image { loader.device = "nodev"; args.partitionTableType = "hybrid"; }).grub;
  bootFiles = (image { loader.extraFiles."memtest" = builtins.toFile "m" "x"; }).contents;
  # A definition that another one overrides may have faults: only its use is an error.
  faulty = let it = image { args = { label = "a-label-of-many-bytes"; partitionTableType = "mbr"; }; }; in {
    inherit (it) type name;
    used = map (x: (builtins.tryEval x).success) [ it.drvPath it.outPath "${it}" it.out.drvPath ];
  };
}
