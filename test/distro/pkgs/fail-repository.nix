(import ../../../distro/pkgs/repositories.nix { lib = import ../../../distro/lib; } { pgdg = { url = "https://apt.postgresql.org"; }; }).pgdg.source
