# Thorough: examples/containers, docker, and programs that others run.
{
  name = "containers";

  nodes.machine =
    { pkgs, ... }:
    {
      imports = [ ./examples/containers/containers.nix ];
      virtualisation.restrictNetwork = true;
      virtualisation.memorySize = 1536;
      users.users.alice = {
        isNormalUser = true;
        extraGroups = [ "podman" "docker" ];
      };

      virtualisation.podman.defaultNetwork.settings.dns_enabled = true;
      # Machines of tests have none, and podman's server of names passes questions on.
      networking.nameservers = [ "192.0.2.53" ];
      virtualisation.oci-containers.containers.web.environment.GREETING = "it's me";

      virtualisation.docker = {
        enable = true;
        daemon.settings.dns = [ "192.0.2.53" ];
      };
      # Its start takes long without KVM.
      systemd.services.containerd.serviceConfig.TimeoutStartSec = "10min";
      environment.etc."image".source = pkgs.dockerTools.buildImage {
        name = "web";
        tag = "1";
        extraCommands = "mkdir www; echo in docker > www/index.html";
        config.Cmd = [ "${pkgs.busybox}/bin/busybox" "httpd" "-f" "-p" "80" "-h" "/www" ];
      };

      boot.binfmt.registrations.upper = {
        recognitionType = "extension";
        magicOrExtension = "upper";
        interpreter = "${pkgs.writeShellScript "upper" "tr a-z A-Z < \"$1\""}";
      };
    };

  testScript = ''
    with subtest("a container of podman is a service"):
        machine.wait_for_unit("podman-web.service", timeout=900)
        machine.wait_until_succeeds("curl --fail http://127.0.0.1:8080/ | grep 'Hello from a container'", timeout=120)
        machine.succeed("podman exec web busybox env | grep -x \"GREETING=it's me\"")
        machine.succeed(
            "su - alice -c 'curl --fail --unix-socket /run/podman/podman.sock http://podman/v1.40/containers/json' | grep localhost/web"
        )
        machine.succeed("systemctl stop podman-web")
        machine.fail("podman container exists web")

    with subtest("docker"):
        machine.wait_for_unit("docker.service", timeout=900)
        machine.succeed("docker load -i /etc/image")
        machine.succeed("su - alice -c 'docker run -d --name web -p 8081:80 web:1'")
        machine.wait_until_succeeds("curl --fail http://127.0.0.1:8081/ | grep 'in docker'", timeout=120)
        machine.succeed("docker exec web busybox cat /etc/resolv.conf | grep 192.0.2.53")
        machine.succeed("docker rm -f web && systemctl start docker-prune && docker images -q | grep .")

    with subtest("a container with a system"):
        machine.wait_for_unit("container@notes.service", timeout=900)
        machine.wait_until_succeeds("curl --fail http://notes.containers/ | grep 'Hello from a container'", timeout=300)
        assert "notes" in machine.succeed("machinectl list")
        assert machine.succeed("nixos-container list") == "notes\n"
        assert machine.succeed("nixos-container status notes") == "up\n"
        assert machine.succeed("nixos-container show-ip notes") == "10.231.136.2\n"
        assert machine.succeed("nixos-container run notes -- sh -c 'echo \"$0\"' 'two  words'") == "two  words\n"
        machine.fail("nixos-container run notes -- false")
        machine.fail("nixos-container destroy notes")
        machine.fail("nixos-container start other")
        machine.succeed("nixos-container stop notes")
        assert machine.succeed("nixos-container status notes") == "down\n"
        machine.fail("nixos-container run notes -- true")
        machine.fail("curl --max-time 5 http://10.231.136.2/")

    with subtest("an interpreter"):
        machine.succeed("printf hello > /tmp/a.upper; chmod +x /tmp/a.upper")
        assert "HELLO" in machine.succeed("/tmp/a.upper")
  '';
}
