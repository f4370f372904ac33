# Containers: what podman and docker are told, the services of containers, and what a container's system lacks.
let
  # With the stand-in archive that has every package which modules name.
  evaluate = module:
    let system = import ../options/system.inc { modules = [ module base ]; };
        base = { fileSystems."/".device = "/dev/vda"; system.stateVersion = "23.05"; };
    in system // {
      etc = names: system.lib.genAttrs names (name: system.config.environment.etc.${name}.text);
      units = names: system.lib.genAttrs names (name: system.config.systemd.units.${name}.text);
    };
  system = evaluate ({ lib, pkgs, ... }: {
    virtualisation.podman = { dockerCompat = true; dockerSocket.enable = true; defaultNetwork.settings.dns_enabled = true; };
    virtualisation.podman.autoPrune = { enable = true; flags = [ "--filter" "until=a day" ]; };
    virtualisation.containers.registries.insecure = [ "registry.example.org:5000" ];
    users.users.bob = { isNormalUser = true; uid = 1000; linger = true; };
    virtualisation.oci-containers.containers = {
      web = {
        image = "docker.io/library/caddy:2";
        ports = [ "8080:80" ];
        environment.TITLE = "it's $HOME";
        environmentFiles = [ "/run/secrets/web" ];
        volumes = [ "/srv:/srv:ro" ];
        labels."a.b" = "c";
        dependsOn = [ "database" ];
        capabilities = { NET_ADMIN = true; MKNOD = false; CHOWN = null; };
        login = { username = "me"; passwordFile = "/run/secrets/registry"; registry = "registry.example.org"; };
        cmd = [ "run" "--config=/a b" ];
      };
      database = {
        image = "localhost/database:1";
        imageFile = pkgs.writeText "image.tar" "";
        autoStart = false;
        podman = { user = "bob"; sdnotify = "healthy"; };
      };
    };
    containers.inner = {
      autoStart = true;
      privateNetwork = true;
      hostBridge = "br0";
      localAddress = "10.0.0.2/24";
      forwardPorts = [ { hostPort = 8081; containerPort = 80; } ];
      bindMounts."/a:b" = { };
      enableTun = true;
      extraFlags = [ "--quiet" ];
      path = "/nix/var/nix/profiles/per-container/inner";
    };
    containers.own = {
      config = { system.stateVersion = "25.05"; networking.firewall.allowedTCPPorts = [ 80 ]; };
    };
    boot.binfmt.emulatedSystems = [ "aarch64-linux" "s390x-linux" ];
  });
  docker = evaluate ({ lib, ... }: {
    virtualisation.docker = { enable = true; enableOnBoot = false; extraOptions = "--debug"; storageDriver = "overlay2"; };
    virtualisation.docker.autoPrune.enable = true;
    virtualisation.docker.listenOptions = [ "/run/docker.sock" "2375" ];
    virtualisation.oci-containers = { backend = "docker"; containers.web = { image = "web"; cmd = [ "a" ]; }; };
  });
  inherit (system) config lib;
  inherit (config.systemd) services;
  shown = s: { inherit (s) script preStart postStart preStop postStop; after = lib.filter (lib.hasSuffix ".service") s.after; };
  inner = config.containers.own.config;
in
{
  etc = system.etc [ "tmpfiles.d/podman.conf" "binfmt.d/nixos.conf" "tmpfiles.d/binfmt.conf" ];
  unmasked = lib.filter (u: lib.hasInfix "binfmt" u) config.systemd.suppressedSystemUnits;
  files = lib.genAttrs [ "containers.conf" "registries.conf" "storage.conf" "networks/podman.json" ]
    (name: (lib.head config.environment.etc."containers/${name}".source.entries).text);
  firewall = config.networking.firewall.interfaces;
  socket = (system.units [ "podman.socket" ])."podman.socket";
  prune = { inherit (services.podman-prune) script startAt; };
  web = shown services.podman-web;
  database = shown services.podman-database // { inherit (services.podman-database) requires wantedBy environment; };
  docker = {
    inherit (docker.config.virtualisation.docker.daemon) settings;
    units = docker.units [ "docker.service" "docker.socket" ];
    web = shown docker.config.systemd.services.docker-web;
  };
  container = shown services."container@inner" // { inherit (services."container@inner") wantedBy serviceConfig unitConfig; };
  inner = {
    firewall = inner.systemd.services.nftables.unitConfig;
    host = inner.networking.hostName;
  };
  innerChecked = lib.checkAssertWarn inner.assertions [ ] "all assertions hold";
}
