# The variants for containers, each in a Debian machine by the program that starts it, and at last that for kexec in its place.
images:
{
  name = "containers";

  nodes.machine =
    { lib, pkgs, ... }:
    {
      virtualisation.memorySize = 3072;
      virtualisation.diskSize = 8192;
      virtualisation.podman.enable = true;
      environment.systemPackages = [
        pkgs.debianPackages.systemd-container
        pkgs.kexec-tools
        pkgs.zstd
      ];
      environment.etc = lib.genAttrs' [
        "docker"
        "incus"
        "kexec"
        "lxc"
        "lxc-metadata"
        "oci-archive"
        "proxmox-lxc"
        "wsl"
      ] (name: {
        name = "images/${name}";
        value.source = "${images.${name}}/${images.${name}.passthru.filePath}";
      });
    };

  testScript = ''
    import json

    state = "systemctl is-system-running --wait; systemctl --failed --plain --no-legend"

    def in_nspawn(name, folder):
        """Starts a container by its /sbin/init, as LXC does, and asks it for its state."""
        unit = f"container-{name}"
        machine.succeed(
            f"systemd-run --unit={unit} systemd-nspawn --register=no --keep-unit --private-network -D {folder} /sbin/init"
        )
        leader = f"$(pgrep -P $(systemctl show -p MainPID --value {unit}))"
        machine.wait_until_succeeds(f"nsenter -t {leader} -a systemctl is-active multi-user.target", timeout=300)
        said = machine.execute(f"nsenter -t {leader} -a sh -c '{state}'", timeout=300)[1]
        assert said.split() == ["running"], f"{name}: {said}"
        machine.succeed(f"systemctl stop {unit}", f"rm -rf {folder}")

    def in_podman(name, command):
        machine.succeed(f"podman run -d --name {name} --network none {command}")
        machine.wait_until_succeeds(f"podman exec {name} systemctl is-active multi-user.target", timeout=300)
        said = machine.execute(f"podman exec {name} sh -c '{state}'", timeout=300)[1]
        assert said.split() == ["running"], f"{name}: {said}"
        machine.succeed(f"podman stop -t 60 {name}", f"podman rm -f {name}", "podman rmi -af")

    machine.wait_for_unit("multi-user.target")

    with subtest("docker"):
        machine.succeed("podman import /etc/images/docker localhost/machine", timeout=600)
        in_podman("docker", "--privileged --systemd=always localhost/machine /init")

    with subtest("oci-archive"):
        machine.succeed("podman load -i /etc/images/oci-archive", timeout=600)
        image = machine.succeed("podman images --format '{{.Repository}}:{{.Tag}}'").strip()
        in_podman("oci", image)

    for name in ["lxc", "proxmox-lxc", "wsl"]:
        with subtest(name):
            machine.succeed(f"mkdir /{name}", f"tar -xf /etc/images/{name} -C /{name}", timeout=600)
            in_nspawn(name, f"/{name}")

    with subtest("incus"):
        machine.succeed("mkdir /incus", "tar -xf /etc/images/incus -C /incus", timeout=600)
        description = json.loads(machine.succeed("cat /incus/metadata.yaml"))
        assert description["architecture"] == "x86_64"
        in_nspawn("incus", "/incus/rootfs")

    with subtest("lxc-metadata"):
        machine.succeed("mkdir /metadata", "tar -xf /etc/images/lxc-metadata -C /metadata")
        assert json.loads(machine.succeed("cat /metadata/metadata.yaml"))["properties"]["os"] == description["properties"]["os"]

    with subtest("kexec"):
        machine.succeed("tar -xf /etc/images/kexec -C /root", timeout=600)
        machine.execute("systemd-run /root/kexec/kexec-boot")
        machine.wait_for_console_text("Welcome to bootflake kexec-", timeout=600)
  '';
}
