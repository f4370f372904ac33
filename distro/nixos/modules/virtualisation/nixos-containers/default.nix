# containers: systems of this distribution that run in containers of systemd-nspawn, on the machine's kernel.
{
  config,
  lib,
  pkgs,
  ...
}@host:

let
  inherit (lib) mkOption types;
  cfg = config.containers;
  service = import ./service.nix { inherit lib pkgs; };
  addresses = import ../../../lib/addresses.nix { inherit lib; };
  inherit (import ../../../lib/formats { inherit lib; }) text;
  # What is wrong with the addresses of a connection's ends. The machine's end of a container's own network is its gateway.
  problemsOf =
    option: isGateway: v:
    let
      of = problem: name: lib.optionals (v.${name} != null) (problem "${option}.${name}" v.${name});
      hostEnd = if isGateway then addresses.addressProblem else addresses.networkProblem;
    in
    # As on NixOS, these may be of either family.
    of
      (hostEnd { })
      "hostAddress"
    ++ of (hostEnd { family = "ipv6"; }) "hostAddress6"
    ++ of (addresses.networkProblem { }) "localAddress"
    ++ of (addresses.networkProblem { family = "ipv6"; }) "localAddress6";
  problems = perContainer (
    option: _: c:
    problemsOf option true c
    ++ lib.concatLists (
      lib.mapAttrsToList (
        name: problemsOf "${option}.extraVeths.${lib.strings.escapeNixIdentifier name}" false
      ) c.extraVeths
    )
  );

  # What programs of NixOS read of a container.
  described =
    name: c:
    let
      word =
        key: value:
        lib.optionalString
          (value != null)
          "${key}=${
            text.line {
              option = "containers.${lib.strings.escapeNixIdentifier name}";
              file = "/etc/nixos-containers/${name}.conf";
            } value
          }\n";
      of = key: value: lib.optionalString c.privateNetwork (word key value);
    in
    word "SYSTEM_PATH" "${c.path}"
    + word "ROOT" (import ./root-of.nix name c)
    + of "PRIVATE_NETWORK" "1"
    + of "HOST_BRIDGE" c.hostBridge
    + of "HOST_ADDRESS" c.hostAddress
    + of "HOST_ADDRESS6" c.hostAddress6
    + of "LOCAL_ADDRESS" c.localAddress
    + of "LOCAL_ADDRESS6" c.localAddress6
    + word "INTERFACES" "\"${toString c.interfaces}\""
    + word "MACVLANS" "\"${toString c.macvlans}\""
    + lib.optionalString c.autoStart "AUTO_START=1\n";

  perContainer =
    check:
    lib.concatLists (
      lib.mapAttrsToList (
        name: c: check "containers.${lib.strings.escapeNixIdentifier name}" name c
      ) cfg
    );
in
{
  options = {
    boot.enableContainers = mkOption {
      type = types.bool;
      default = cfg != { };
      defaultText = lib.literalExpression "config.containers != { }";
      description = "Whether the machine can have `containers`.";
    };
    containers = mkOption {
      type = types.attrsOf (types.submodule (import ./options.nix host));
      default = { };
      example = lib.literalExpression ''
        { web = { autoStart = true; config.services.nginx.enable = true; }; }
      '';
      description = "Systems in containers, by name. Each is a service, `container@NAME`.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (cfg != { } && !config.boot.enableContainers) {
      warnings = [
        "containers has no effect, because boot.enableContainers is false. Set it to true, or remove the containers."
      ];
    })
    (lib.mkIf config.boot.enableContainers {
      environment.systemPackages = [
        pkgs.debianPackages.systemd-container
        (pkgs.writeShellScriptBin "nixos-container" (builtins.readFile ./nixos-container.sh))
      ];
      environment.etc = lib.mapAttrs' (
        name: c: lib.nameValuePair "nixos-containers/${name}.conf" { text = described name c; }
      ) cfg;
      boot.kernelModules = [ "bridge" "macvlan" "tap" "tun" ];
      systemd.services = lib.mapAttrs' (
        name: c: lib.nameValuePair "container@${name}" (service name c)
      ) cfg;
      systemd.targets.multi-user.wants = [ "machines.target" ];
      # The ends of containers' connections are configured with them.
      systemd.network.networks."05-nixos-containers" = lib.mkIf config.systemd.network.enable {
        matchConfig.Name = "ve-* vb-*";
        linkConfig.Unmanaged = true;
      };
      networking.hosts = lib.mkMerge (
        perContainer (
          _: name: c:
          let
            address = lib.head (lib.splitString "/" c.localAddress);
          in
          lib.optional (c.localAddress != null && addresses.isIPv4 address) {
            ${address} = [ "${name}.containers" ];
          }
        )
      );

      assertions =
        map (message: {
          assertion = false;
          inherit message;
        }) problems
        ++ perContainer (option: _: c: [
          {
            assertion = c.networkNamespace == null || !c.privateNetwork && c.interfaces == [ ];
            message =
              "${option}.networkNamespace is a network of its own, and so is that of privateNetwork and interfaces. Remove one of them.";
          }
          {
            assertion = c.nixpkgs == null;
            message =
              "${option}.nixpkgs is not available: the container's system is of the machine's distribution. Remove the setting.";
          }
          {
            assertion = c.flake == null;
            message =
              "${option}.flake is not available: a machine does not build its containers. Put the configuration into ${option}.config.";
          }
          {
            assertion = lib.all (v: v.forwardPorts == [ ]) (lib.attrValues c.extraVeths);
            message =
              "${option}.extraVeths has forwardPorts, which only the container's own network can have. Use ${option}.forwardPorts.";
          }
          {
            assertion = c.privateUsers == "no";
            message =
              "${option}.privateUsers is not available: accounts of the container have the machine's numbers. Remove the setting.";
          }
        ]);
    })
  ];
}
