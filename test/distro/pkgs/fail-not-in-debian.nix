let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs
  { inherit lib; archive = import ./archive.inc { extra.foot = [ ]; }; }; in
pkgs.ghostty
