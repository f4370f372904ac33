# Of a configuration, and of one of its variants alone.
let
  system = modules: (import ./system.inc modules).config.system.build.images;
  limits = { image.repart.partitions.root.repartConfig = { SizeMinBytes = "1G"; SizeMaxBytes = "4G"; }; };
  shown = it: { least = it.rootMinimum or null; most = it.rootMaximum or null; };
  esp.image.modules.qemu-efi.image.repart.partitions.esp.repartConfig.SizeMinBytes = "1G";
in
{
  all = map shown (with system [ limits ]; [ qemu qemu-efi amazon azure google-compute linode proxmox sd-card virtualbox vmware ]);
  one = let it = system [ esp ]; in { efi = it.qemu-efi.bootSize; raw = it.raw-efi.bootSize; };
}
