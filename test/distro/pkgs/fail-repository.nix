let repositories = import ../../../distro/pkgs/repositories.nix { lib = import ../../../distro/lib; }; in
(repositories { pgdg = { url = "https://apt.postgresql.org"; }; }).pgdg.source
