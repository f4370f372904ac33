(import ./image.inc
{ args = { fsType = "btrfs"; postVM = "true"; partitionTableType = "efixbootldr"; diskSize = "10 GB"; }; }
).drvPath
