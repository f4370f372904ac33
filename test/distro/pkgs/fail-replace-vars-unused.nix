let lib = import ../../../distro/lib; pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; }; in
pkgs.replaceVars ./template.inc { curl = "x"; name = "x"; kept = "x"; other = "y"; }
