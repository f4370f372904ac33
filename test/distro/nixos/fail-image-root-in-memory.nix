# A root in memory, and nothing that would be on the image.
import ./image.inc { fileSystems = { "/" = { fsType = "tmpfs"; }; "/nix" = { device = "/dev/vdb"; fsType = "ext4"; }; }; }
