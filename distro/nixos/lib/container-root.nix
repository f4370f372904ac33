# The attributes of a container's root for the builders `tarball' and `oci-image': Debian's tree is its /usr, not a mount above it.
{ config }:

let
  inherit (config.system) build;
  toplevel = "${build.toplevel}";
  root = import ./root-directories.nix;
in
{
  inherit toplevel;
  usr = "${build.tree}";
  inherit (root) directories;
  links = root.links // {
    init = "${toplevel}/init";
    # In the place of systemd, which stage 2 starts.
    "usr/sbin/init" = "${toplevel}/init";
  };
}
