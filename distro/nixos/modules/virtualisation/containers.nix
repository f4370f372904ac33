# What podman, buildah and skopeo share: their files in /etc/containers.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.containers;
  toml = pkgs.formats.toml { };

  registries =
    default: description:
    mkOption {
      type = types.listOf types.str;
      inherit default description;
    };
in
{
  imports = [
    (lib.mkRemovedOptionModule
      [ "virtualisation" "containers" "users" ]
      "Users with isNormalUser have subordinate ids. Set users.users.<name>.autoSubUidGidRange for others."
    )
    (lib.mkRemovedOptionModule [
      "virtualisation"
      "containers"
      "containersConf"
      "extraConfig"
    ] "Use virtualisation.containers.containersConf.settings.")
  ];

  options.virtualisation.containers = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the configuration files of podman, buildah and skopeo are generated. `virtualisation.podman.enable` sets it.";
    };
    ociSeccompBpfHook.enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether containers can be traced for the system calls that they use, of which oci-seccomp-bpf-hook writes a profile.";
    };
    containersConf = {
      settings = mkOption {
        type = types.attrsOf toml.type;
        default = { };
        example = { engine.num_locks = 4096; };
        description = "Settings of containers.conf(5).";
      };
      cniPlugins = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = lib.literalExpression "[ pkgs.containernetworking-plugins ]";
        description =
          "Packages with network plugins (CNI). Since version 5, podman has none: its networks are netavark's.";
      };
    };
    storage.settings = mkOption {
      type = types.attrsOf toml.type;
      default = { };
      example = { storage.driver = "btrfs"; };
      description =
        "Settings of containers-storage.conf(5). By default images and containers are in /var/lib/containers/storage, as overlays.";
    };
    registries = {
      search = registries [
        "docker.io"
        "quay.io"
      ] "Registries in which images without one in their names are looked for.";
      insecure =
        registries
          [ ]
          "Registries that may be spoken to without TLS, or with a certificate of an unknown authority.";
      block = registries [ ] "Registries from which nothing is pulled.";
    };
    policy = mkOption {
      type = types.attrsOf (pkgs.formats.json { }).type;
      default = { };
      example = { default = [ { type = "reject"; } ]; };
      description =
        "Which signatures images need: the contents of policy.json, as in containers-policy.json(5). If empty, none.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages =
      cfg.containersConf.cniPlugins
      ++ lib.optional cfg.ociSeccompBpfHook.enable pkgs.debianPackages.oci-seccomp-bpf-hook;

    virtualisation.containers.containersConf.settings = lib.mkMerge [
      (lib.mkIf (cfg.containersConf.cniPlugins != [ ]) {
        # Debian's are in lib/cni.
        network.cni_plugin_dirs = lib.concatMap (p: [
          "${p}/bin"
          "${p}/usr/lib/cni"
        ]) cfg.containersConf.cniPlugins;
      })
      (lib.mkIf cfg.ociSeccompBpfHook.enable {
        engine.hooks_dir = [ "/usr/share/containers/oci/hooks.d" ];
      })
    ];
    virtualisation.containers.storage.settings.storage = lib.mapAttrs (_: lib.mkDefault) {
      driver = "overlay";
      graphroot = "/var/lib/containers/storage";
      runroot = "/run/containers/storage";
    };

    environment.etc = {
      "containers/containers.conf".source =
        toml.generate "containers.conf" cfg.containersConf.settings;
      "containers/storage.conf".source = toml.generate "storage.conf" cfg.storage.settings;
      "containers/registries.conf".source = toml.generate "registries.conf" {
        registries = lib.mapAttrs (_: registries: { inherit registries; }) cfg.registries;
      };
      "containers/policy.json" = lib.mkIf (cfg.policy != { }) {
        text = builtins.toJSON cfg.policy;
      };
    };
  };
}
