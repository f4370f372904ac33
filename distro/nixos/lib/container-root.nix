# The attributes of a container's root for the builders `tarball' and `oci-image': Debian's tree is its /usr, not a mount above it.
{ config }:

let
  inherit (config.system) build;
  toplevel = "${build.toplevel}";
in
{
  inherit toplevel;
  usr = "${build.tree}";
  directories = [
    "boot"
    "dev"
    "etc"
    "home"
    "media"
    "mnt"
    "nix/store"
    "nix/var/nix/profiles"
    "opt"
    "proc"
    "run"
    "srv"
    "sys"
    "usr"
    "var"
    {
      path = "root";
      mode = "0700";
    }
    {
      path = "tmp";
      mode = "1777";
    }
  ];
  links = {
    bin = "usr/bin";
    sbin = "usr/sbin";
    lib = "usr/lib";
    lib64 = "usr/lib64";
    init = "${toplevel}/init";
    # In the place of systemd, which stage 2 starts.
    "usr/sbin/init" = "${toplevel}/init";
  };
}
