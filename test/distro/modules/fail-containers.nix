let
  lib = import ../../../distro/lib;
  packages = [
    "aardvark-dns" "catatonit" "crun" "dbus-user-session" "docker-cli" "docker.io" "nftables" "passt" "podman" "systemd-container" "uidmap"
  ];
in
(import ./system.inc {
  nixpkgs.pkgs = lib.mkOverride 10 (import ../../../distro/pkgs {
    inherit lib;
    archive = import ../pkgs/archive.inc { extra = lib.genAttrs packages (_: [ ]); };
  });
  virtualisation.docker.enable = true;
  virtualisation.podman = { enable = true; dockerCompat = true; dockerSocket.enable = true; };
  virtualisation.oci-containers.containers.web = { image = "web"; dependsOn = [ "nobody" ]; podman.user = "carol"; };
  containers.inner = { flake = "github:owner/name"; privateUsers = "pick"; path = "/probe"; };
}).checked
