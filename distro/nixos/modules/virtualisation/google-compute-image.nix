# A guest of Google Compute Engine. Its image is made by nixos/lib/make-disk-image.nix, as any.
{
  imports = [ ./google-compute-config.nix ];
}
