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
  containers.lost = {
    path = "/probe";
    privateNetwork = true;
    hostAddress = "10.231.136.1/24";
    localAddress = "x y";
    hostAddress6 = "10.0.0.1";
    localAddress6 = "fc00::2/7";
    extraVeths.side = { hostAddress = "10.231.137.1/24"; localAddress = "10.231.137.2/33"; };
  };
}).checked
