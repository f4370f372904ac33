# Debian's daemons on Debian's own units: accounts, folders and first data as their maintainer scripts would have made them.
{
  name = "accounts";

  nodes.machine =
    { pkgs, ... }:
    {
      environment.systemPackages = with pkgs; [
        docker
        mariadb
        nginx
        postgresql
        prometheus-node-exporter
        redis
      ];
      systemd.services = {
        docker.wantedBy = [ "multi-user.target" ];
        mariadb.wantedBy = [ "multi-user.target" ];
        nginx.wantedBy = [ "multi-user.target" ];
        postgresql.wantedBy = [ "multi-user.target" ];
        prometheus-node-exporter.wantedBy = [ "multi-user.target" ];
        redis-server.wantedBy = [ "multi-user.target" ];
      };
      systemd.services.confined = {
        script = ''
          cd /
          ${pkgs.hello}/bin/hello
          test "$(echo *)" = "bin dev lib lib64 nix proc run sbin sys tmp usr var"
          test ! -e /var/lib && test ! -e /etc/passwd
          test -c /dev/null && test ! -e /dev/vda
          ! touch /usr/file && ! touch /nix/store/file
        '';
        serviceConfig.Type = "oneshot";
        confinement.enable = true;
      };
      systemd.services.chrooted = {
        script = "cd /; test \"$(echo *)\" = 'bin lib lib64 nix run sbin usr'";
        serviceConfig.Type = "oneshot";
        confinement = {
          enable = true;
          mode = "chroot-only";
        };
      };
      environment.etc."nginx/sites-enabled/here".text =
        "server { listen 80; location / { return 200 here; } }";
      users.users.alice = {
        isNormalUser = true;
        extraGroups = [ "docker" ];
      };
      virtualisation.memorySize = 2048;
      virtualisation.diskSize = 4096;
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target")

    with subtest("services that see only programs"):
        machine.succeed("systemctl start confined chrooted")
        machine.succeed("journalctl -o cat -u confined | grep -x 'Hello, world!'")

    with subtest("nginx"):
        machine.wait_for_unit("nginx.service")
        assert machine.succeed("curl -fsS http://localhost/") == "here"
        machine.succeed("test $(stat -c %U:%G /var/log/nginx) = root:adm")

    with subtest("redis"):
        machine.wait_for_unit("redis-server.service")
        assert "PONG" in machine.succeed("redis-cli ping")
        machine.succeed("redis-cli set place here", "redis-cli save")
        machine.succeed("test $(stat -c %U:%a /var/lib/redis) = redis:750")

    with subtest("prometheus-node-exporter"):
        machine.wait_for_open_port(9100)
        machine.succeed("curl -fsS http://localhost:9100/metrics | grep node_uname_info")
        assert "prometheus" in machine.succeed("ps -o user= -C prometheus-node-exporter")

    with subtest("postgresql"):
        machine.wait_until_succeeds("runuser -u postgres -- psql -c 'create table t (a int)'")
        machine.succeed("test $(stat -c %U /var/lib/postgresql) = postgres")

    with subtest("mariadb"):
        machine.wait_for_unit("mariadb.service")
        machine.succeed("mariadb -e 'create database d; show databases' | grep -x d")

    with subtest("docker"):
        machine.wait_for_unit("docker.service")
        machine.succeed("id -nG alice | grep -w docker", "runuser -u alice -- docker version")
  '';
}
