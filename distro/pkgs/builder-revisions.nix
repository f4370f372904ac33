# Increase a number when its built-in builder makes other bytes from the same attributes, so that old results are not used.
{
  debian-package = 1;
  debian-tree = 4;
  disk-image = 4;
  grub-core = 2;
  initrd = 4;
  systemd-initrd = 2;
}
