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
      environment.systemPackages = [ pkgs.debianPackages.systemd-container ];
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
          lib.optional (c.localAddress != null) {
            ${lib.head (lib.splitString "/" c.localAddress)} = [ "${name}.containers" ];
          }
        )
      );

      assertions = perContainer (option: _: c: [
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
