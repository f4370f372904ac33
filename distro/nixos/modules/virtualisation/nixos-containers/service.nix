# The service of one container: { name, its options } to a unit.
#
# The container's root is a folder of the machine's. Its store is the machine's, its /usr that of its own system's tree, over which its
# stage 2 mounts its layer, as in any boot.
{ lib, pkgs }:

let
  inherit (lib) concatMapStrings escapeShellArg optional optionals optionalString;
  inherit (import ../../../lib/formats { inherit lib; }) text;
in
name: c:
let
  option = "containers.${lib.strings.escapeNixIdentifier name}";
  # Addresses, interfaces and paths are words of shell code, and paths parts of nspawn's options, in which colons separate.
  word = escapeShellArg;
  inNspawn = lib.replaceStrings [ "\\" ":" ] [ "\\\\" "\\:" ];

  isConnected =
    v:
    v.hostAddress != null
    || v.localAddress != null
    || v.hostAddress6 != null
    || v.localAddress6 != null;
  hasVeth =
    c.privateNetwork
    && (
      isConnected c || c.hostBridge != null || c.localMacAddress != null || c.forwardPorts != [ ]
    );
  veths = lib.mapAttrsToList (name: v: v // { inherit name; }) c.extraVeths;

  capabilities = c.additionalCapabilities ++ optional c.enableTun "CAP_NET_ADMIN";
  devices =
    c.allowedDevices
    ++ optional c.enableTun {
      node = "/dev/net/tun";
      modifier = "rwm";
    };

  # `addr add' or `route add' for those addresses that there are.
  add =
    what: interface: v4: v6:
    optionalString (v4 != null) "ip ${what} add ${word v4} dev ${interface}\n"
    + optionalString (v6 != null) "ip -6 ${what} add ${word v6} dev ${interface}\n";
  # Without the length of a prefix, the other end is reached by a route.
  alone = address: if address != null && lib.hasInfix "/" address then null else address;
  hostEnd =
    v: interface:
    if v.hostBridge != null then
      "ip link set dev ${interface} master ${word v.hostBridge} up\n"
    else
      "ip link set dev ${interface} up\n"
      + add "addr" interface v.hostAddress v.hostAddress6
      + add "route" interface (alone v.localAddress) (alone v.localAddress6);
  localEnd =
    v: interface:
    "ip link set dev ${interface} up\n"
    + add "addr" interface v.localAddress v.localAddress6
    + add "route" interface v.hostAddress v.hostAddress6;

  # Process 1 of the container, before it is the system's own stage 2.
  prepare = pkgs.writeScript "container-init" ''
    #!/bin/bash
    export PATH=/usr/sbin:/usr/bin
    ${
      optionalString hasVeth (
        "ip link set dev host0 name eth0\n"
        + optionalString
          (c.localMacAddress != null)
          "ip link set dev eth0 address ${c.localMacAddress}\n"
        + localEnd c "eth0"
        + optionalString (c.hostAddress != null) "ip route add default via ${word c.hostAddress}\n"
        + optionalString
          (c.hostAddress6 != null)
          "ip -6 route add default via ${word c.hostAddress6}\n"
      )
    }${concatMapStrings (v: localEnd v (word v.name)) veths}exec "$1/init"
  '';

  flags =
    [
      "--keep-unit"
      "--machine=${name}"
      "--notify-ready=yes"
      "--kill-signal=SIGRTMIN+3"
      "--resolv-conf=off"
      "--timezone=off"
      "--bind-ro=/nix/store"
    ]
    ++ optional (!c.ephemeral) "--link-journal=try-guest"
    ++ optional c.ephemeral "--ephemeral"
    ++ optional c.privateNetwork "--private-network"
    ++ optional hasVeth "--network-veth"
    ++ optional (c.privateNetwork && c.hostBridge != null) "--network-bridge=${c.hostBridge}"
    ++ optionals c.privateNetwork (
      map (
        p:
        "--port=${p.protocol}:${toString p.hostPort}:${toString (if p.containerPort == null then p.hostPort else p.containerPort)}"
      ) c.forwardPorts
    )
    ++ map (v: "--network-veth-extra=${v.name}") veths
    ++ optional (c.networkNamespace != null) "--network-namespace-path=${c.networkNamespace}"
    ++ map (i: "--network-interface=${i}") c.interfaces
    ++ map (i: "--network-macvlan=${i}") c.macvlans
    ++ optional (capabilities != [ ]) "--capability=${lib.concatStringsSep "," capabilities}"
    ++ map (path: "--tmpfs=${path}") c.tmpfs
    ++ lib.mapAttrsToList (
      _: m:
      "--bind${
        optionalString m.isReadOnly "-ro"
      }=${inNspawn (if m.hostPath == null then m.mountPoint else m.hostPath)}:${inNspawn m.mountPoint}"
    ) c.bindMounts
    ++ c.extraFlags;

  root = import ./root-of.nix name c;
  waitsFor = map (i: "sys-subsystem-net-devices-${utilsEscape i}.device") c.interfaces;
  utilsEscape = (import ../../../lib/systemd-escape.nix { inherit lib; }).escapeSystemdPath;
in
builtins.seq
  (text.restrict "[a-zA-Z0-9][a-zA-Z0-9.-]{0,63}" "anything but letters, digits, `.' and `-'" {
    inherit option;
    file = "the name of a machine";
  } name)
  {
    description = "Container '${name}'";
    wantedBy = optional c.autoStart "machines.target";
    wants = [ "network.target" ] ++ waitsFor;
    after = [ "network.target" ] ++ waitsFor;
    restartTriggers = [ c.path ];
    inherit (c) restartIfChanged;
    unitConfig.RequiresMountsFor =
      optional (!c.ephemeral) root
      ++ lib.mapAttrsToList (
        _: m: if m.hostPath == null then m.mountPoint else m.hostPath
      ) c.bindMounts;

    preStart =
      "machinectl terminate ${name} 2> /dev/null || true\n"
      + optionalString hasVeth ''
        ip link del dev ve-${name} 2> /dev/null || true
        ip link del dev vb-${name} 2> /dev/null || true
      ''
      + concatMapStrings (v: "ip link del dev ${word v.name} 2> /dev/null || true\n") veths;

    script = ''
      system=$(readlink -f ${word c.path})
      tree=$(readlink -f "$system/tree")
      root=${root}
      mkdir -p "$root"/{dev,etc,home,mnt,nix/store,nix/var/nix,proc,run,srv,sys,usr,var/lib}
      mkdir -p -m 0700 "$root/root"
      mkdir -p -m 1777 "$root/tmp"
      for folder in bin sbin lib lib64; do
        if [ -e "$tree/usr/$folder" ] && [ ! -L "$root/$folder" ]; then ln -s "usr/$folder" "$root/$folder"; fi
      done
      ${
        optionalString c.copyResolvConf ''
          for file in /run/systemd/resolve/resolv.conf /etc/resolv.conf; do
            if [ -e "$file" ]; then cp --remove-destination "$file" "$root/etc/resolv.conf"; break; fi
          done
        ''
      }
      exec systemd-nspawn ${lib.escapeShellArgs flags} --directory="$root" --bind-ro="$tree/usr:/usr" ${prepare} "$system"
    '';

    postStart =
      optionalString hasVeth (if c.hostBridge != null then "" else hostEnd c "ve-${name}")
      + concatMapStrings (v: hostEnd v (word v.name)) veths;

    serviceConfig = {
      ExecReload =
        "/usr/bin/systemd-run --machine=${name} --pipe --wait --quiet ${c.path}/bin/switch-to-configuration test";
      SyslogIdentifier = "container ${name}";
      Type = "notify";
      RuntimeDirectory = optional c.ephemeral "nixos-containers/${name}";
      # systemd-nspawn ends so when the container restarts itself.
      RestartForceExitStatus = "133";
      SuccessExitStatus = "133";
      TimeoutStartSec = c.timeoutStartSec;
      Restart = "on-failure";
      Slice = "machine.slice";
      Delegate = true;
      KillMode = "mixed";
      KillSignal = "TERM";
      DevicePolicy = "closed";
      DeviceAllow = map (d: "${d.node} ${d.modifier}") devices;
    };
  }
