# The formats of disk images that are written here, by the names that nixpkgs' make-disk-image.nix and qemu-img have for them.
{
  names = [ "raw" "qcow2" "qcow2-compressed" "vdi" "vpc" "vhdx" "vmdk" ];

  /* The end of a file's name, without the dot. */
  suffixOf =
    format:
    {
      raw = "img";
      qcow2-compressed = "qcow2";
      vpc = "vhd";
    }.${format} or format;
}
