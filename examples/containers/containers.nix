# A web server in a container of podman, and a system of its own in another.
{ pkgs, ... }:
{
  virtualisation.podman.enable = true;

  virtualisation.oci-containers.containers.web = {
    # An image of this flake's. One of a registry is pulled when the container starts, without imageFile and pull.
    image = "localhost/web:1";
    imageFile = pkgs.dockerTools.buildImage {
      name = "localhost/web";
      tag = "1";
      copyToRoot = [ pkgs.busybox ];
      config.Cmd = [ "busybox" "httpd" "-f" "-p" "80" "-h" "/www" ];
    };
    pull = "never";
    ports = [ "8080:80" ];
    volumes = [ "${./www}:/www:ro" ];
  };

  containers.notes = {
    autoStart = true;
    privateNetwork = true;
    hostAddress = "10.231.136.1";
    localAddress = "10.231.136.2";
    timeoutStartSec = "10min";
    bindMounts."/srv/notes" = {
      hostPath = "${./www}";
      isReadOnly = true;
    };
    config =
      { pkgs, ... }:
      {
        networking.firewall.allowedTCPPorts = [ 80 ];
        users.users.web = {
          isSystemUser = true;
          group = "web";
        };
        users.groups.web = { };
        systemd.services.web = {
          wantedBy = [ "multi-user.target" ];
          serviceConfig = {
            ExecStart = "${pkgs.busybox}/bin/busybox httpd -f -p 80 -h /srv/notes";
            User = "web";
            AmbientCapabilities = "CAP_NET_BIND_SERVICE";
          };
        };
        system.stateVersion = "25.11";
      };
  };
}
