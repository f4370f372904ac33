let
  image = args: let d = import ./image.inc { inherit args; }; in { inherit (d) filePath format; container = d.container or null; };
in
{
  ova = image { format = "ova"; container = { memory = 4096; hardware = "vmware"; }; };
  vma = image { format = "vma.zst"; baseName = "web"; container.config = "cores: 1\n"; };
  named = image { format = "vma.zst"; baseName = "vzdump-qemu-web"; };
  google = image { format = "raw.tar.gz"; };
  azure = image { format = "vpc-fixed"; };
}
