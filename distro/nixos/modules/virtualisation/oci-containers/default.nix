# virtualisation.oci-containers: containers of OCI images as services, run by podman or docker.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.oci-containers;
  uniqueNames = import ../../../lib/unique-names.nix { inherit lib; };
  service = import ./service.nix { inherit cfg config lib; };
  option = name: "virtualisation.oci-containers.containers.${lib.strings.escapeNixIdentifier name}";

  perContainer =
    check: lib.concatLists (lib.mapAttrsToList (name: c: check (option name) c) cfg.containers);
  accountOf = import ../../../lib/account-of.nix { inherit config; };
  userOf = option: c: accountOf "${option}.podman.user" c.podman.user;
  isRootless = c: c.podman != null && c.podman.user != "root";
in
{
  imports = [
    (lib.mkChangedOptionModule [ "docker-containers" ] [ "virtualisation" "oci-containers" ] (old: {
      backend = "docker";
      containers = lib.mapAttrs (
        _: c:
        removeAttrs c [ "extraDockerOptions" ] // { extraOptions = c.extraDockerOptions or [ ]; }
      ) old.docker-containers;
    }))
  ];

  # The old option, whose type is given here.
  options.docker-containers = mkOption {
    type =
      types.addCheck types.unspecified (
        value:
          # Its value by default.
          value
          == "_mkMergedOptionModule"
        || lib.isAttrs value && lib.all lib.isAttrs (lib.attrValues value)
      )
      // {
        description = "attribute set of containers";
      };
  };
  options.virtualisation.oci-containers = {
    backend = mkOption {
      type = types.enum [ "podman" "docker" ];
      default =
        if lib.versionAtLeast config.system.stateVersion "22.05" then "podman" else "docker";
      defaultText = lib.literalMD "`podman`; `docker` if `system.stateVersion` is before 22.05";
      description = "What runs the containers.";
    };
    containers = mkOption {
      type = types.attrsOf (types.submodule (import ./options.nix { inherit cfg lib; }));
      default = { };
      example = {
        web = {
          image = "docker.io/library/caddy:2";
          ports = [ "80:80" ];
          volumes = [ "/srv/www:/usr/share/caddy:ro" ];
        };
      };
      description = "Containers, each of which is a service.";
    };
  };

  config = lib.mkIf (cfg.containers != { }) {
    virtualisation.podman.enable = lib.mkIf (cfg.backend == "podman") true;
    virtualisation.docker.enable = lib.mkIf (cfg.backend == "docker") true;

    systemd.services = lib.mapAttrs' (
      name: c: lib.nameValuePair c.serviceName (service name c)
    ) cfg.containers;

    assertions =
      import ../../../lib/unit-names.nix { inherit lib; } (
        lib.mapAttrsToList (name: c: {
          name = c.serviceName;
          option = "${option name}.serviceName";
        }) cfg.containers
      )
      ++ uniqueNames "services" (
        lib.mapAttrsToList (name: c: {
          name = c.serviceName;
          option = "${option name}.serviceName";
        }) cfg.containers
      )
      ++ perContainer (
        option: c:
        [
          {
            assertion = c.imageFile == null || c.imageStream == null;
            message = "${option} has both imageFile and imageStream. Remove one of them.";
          }
          {
            assertion = cfg.backend == "podman" || c.podman == null;
            message =
              "${option}.podman is set, and virtualisation.oci-containers.backend is docker. Remove one of them.";
          }
          {
            assertion = lib.all (name: cfg.containers ? ${name}) c.dependsOn;
            message = "${option}.dependsOn names ${
              lib.concatMapStringsSep ", " builtins.toJSON (
                builtins.filter (name: !(cfg.containers ? ${name})) c.dependsOn
              )
            }, which is none of virtualisation.oci-containers.containers.";
          }
        ]
        ++ lib.optionals (cfg.backend == "podman" && isRootless c) [
          {
            assertion = config.users.users ? ${c.podman.user};
            message =
              "${option}.podman.user is \"${c.podman.user}\", which is none of users.users.";
          }
          {
            assertion = c.podman.sdnotify != "healthy" || (userOf option c).uid != null;
            message =
              "${option}.podman.sdnotify is \"healthy\", for which the user needs a number that is known. Set "
              + "users.users.${c.podman.user}.uid.";
          }
        ]
      );
    warnings = perContainer (
      option: c:
      lib.optional
        (
          cfg.backend == "podman"
          && isRootless c
          && (userOf option c).linger
          && c.podman.sdnotify == "conmon"
        )
        (
          "${option}.podman.sdnotify is \"conmon\", with which the service of a user that lingers may be taken for dead. Set it "
          + "to \"healthy\"."
        )
      ++ lib.optional
        (
          cfg.backend == "podman"
          && isRootless c
          && !(userOf option c).linger
          && c.podman.sdnotify == "healthy"
        )
        (
          "${option}.podman.sdnotify is \"healthy\", which needs the user's service manager. Set "
          + "users.users.${c.podman.user}.linger = true."
        )
    );
  };
}
