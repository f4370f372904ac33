# Counted up whenever a built-in builder makes other bytes of the same attributes, so that nothing old is taken for its result.
{
  debian-package = 1;
  debian-tree = 3;
  disk-image = 3;
  grub-core = 2;
  initrd = 3;
}
