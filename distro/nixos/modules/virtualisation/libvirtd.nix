# libvirt: virtual machines, for members of the group libvirtd.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf optional;
  cfg = config.virtualisation.libvirtd;
  inherit (import ../../lib/formats { inherit lib; }) text;
  bridge = text.interfaceName {
    option = "virtualisation.libvirtd.allowedBridges";
    file = "bridge.conf";
  };
  hooks = lib.concatLists (
    lib.mapAttrsToList (
      kind: files:
      lib.mapAttrsToList (
        name: file:
        lib.nameValuePair
          "libvirt/hooks/${kind}.d/${text.fileName { option = "virtualisation.libvirtd.hooks.${kind}"; file = "/etc/libvirt/hooks"; } name}"
          { source = file; }
      ) files
    ) cfg.hooks
  );
  # The group may do all, and no other user anything.
  forGroup.socketConfig = {
    SocketGroup = "libvirtd";
    SocketMode = "0660";
  };
  socket.wantedBy = [ "sockets.target" ];
in
{
  imports = [ ./libvirtd/options.nix ];

  config = mkIf cfg.enable {
    environment.systemPackages =
      [ cfg.package cfg.qemu.package pkgs.OVMF ]
      ++ optional cfg.qemu.swtpm.enable cfg.qemu.swtpm.package
      ++ cfg.qemu.vhostUserPackages
      ++ optional cfg.dbus.enable pkgs.debianPackages.libvirt-dbus
      ++ optional cfg.sshProxy pkgs.debianPackages.libvirt-ssh-proxy;
    boot.kernelModules = [ "tun" ];

    users.groups.libvirtd = { };
    users.users.qemu-libvirtd = mkIf (!cfg.qemu.runAsRoot) {
      isSystemUser = true;
      group = "qemu-libvirtd";
      extraGroups = [ "kvm" ];
    };
    users.groups.qemu-libvirtd = mkIf (!cfg.qemu.runAsRoot) { };
    security.wrappers.qemu-bridge-helper = {
      source = "/usr/lib/qemu/qemu-bridge-helper";
      setuid = true;
      owner = "root";
      group = "root";
    };

    environment.etc = lib.listToAttrs hooks // {
      "libvirt/libvirtd.conf".text = ''
        auth_unix_ro = "none"
        auth_unix_rw = "none"
        ${cfg.extraConfig}'';
      "libvirt/qemu.conf".text = ''
        bridge_helper = "/run/wrappers/bin/qemu-bridge-helper"
        ${
          let
            user = if cfg.qemu.runAsRoot then "root" else "qemu-libvirtd";
          in
          "user = \"${user}\"\ngroup = \"${user}\""
        }
        ${cfg.qemu.verbatimConfig}'';
      "libvirt/network.conf".text = "firewall_backend = \"${cfg.firewallBackend}\"\n";
      "qemu/bridge.conf".text = lib.concatMapStrings (
        name: "allow ${bridge name}\n"
      ) cfg.allowedBridges;
      "default/libvirt-guests".text = ''
        ON_BOOT=${cfg.onBoot}
        ON_SHUTDOWN=${cfg.onShutdown}
        PARALLEL_SHUTDOWN=${toString cfg.parallelShutdown}
        SHUTDOWN_TIMEOUT=${toString cfg.shutdownTimeout}
        START_DELAY=${toString cfg.startDelay}
      '';
    };

    system.nssModules =
      optional (cfg.nss.enable || cfg.nss.enableGuest) pkgs.debianPackages.libnss-libvirt;
    system.nssDatabases.hosts = lib.mkBefore (
      optional cfg.nss.enable "libvirt" ++ optional cfg.nss.enableGuest "libvirt_guest"
    );
    programs.ssh.extraConfig =
      mkIf cfg.sshProxy "Include /etc/ssh/ssh_config.d/30-libvirt-ssh-proxy.conf\n";

    systemd.packages = [ cfg.package ];
    systemd.sockets = {
      libvirtd = socket // forGroup;
      libvirtd-ro = socket // forGroup;
      libvirtd-admin = socket;
      virtlogd = socket;
      virtlogd-admin = socket;
    };
    systemd.services = {
      # Debian's packages put these in place when they are installed; what people have made of them stays.
      libvirtd-config = {
        description = "Networks and filters that libvirt has from the beginning";
        wantedBy = [ "libvirtd.service" ];
        before = [ "libvirtd.service" ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          RuntimeDirectory = "libvirt";
          RuntimeDirectoryPreserve = true;
        };
        script = ''
          for kind in networks nwfilter; do
            to=/etc/libvirt/$kind
            if [ $kind = networks ]; then to=/etc/libvirt/qemu/networks; fi
            mkdir -p $to /etc/libvirt/qemu/networks/autostart
            for file in /usr/share/libvirt/$kind/*.xml; do
              if [ -e "$file" ] && [ ! -e "$to/''${file##*/}" ]; then install -m 0600 "$file" "$to"; fi
            done
          done
          # Paths for machines' files that stay the same.
          mkdir -p /run/libvirt/nix-emulators
          ln -sf /usr/bin/qemu-system-* /run/libvirt/nix-emulators/
        '';
      };
      libvirtd = {
        wantedBy = [ "multi-user.target" ];
        requires = [ "libvirtd-config.service" ];
        after = [ "libvirtd-config.service" ];
        environment.LIBVIRTD_ARGS = lib.escapeShellArgs ([ "--timeout" "120" ] ++ cfg.extraOptions);
        restartIfChanged = false;
      };
      libvirt-guests = {
        wantedBy = [ "multi-user.target" ];
        restartIfChanged = false;
      };
      virtlogd.restartIfChanged = false;
    };
  };
}
