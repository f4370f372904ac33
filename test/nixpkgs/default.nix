import ./pkgs/top-level
