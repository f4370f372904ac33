let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs
  { inherit lib; archive = import ./archive.inc { extra.tea = [ "libc6" ]; }; }; in
pkgs.tea
