# The options of one container.
{ cfg, lib }:
{ name, ... }:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag orNull;

  list =
    type: example: description:
    mkOption {
      type = types.listOf type;
      default = [ ];
      inherit description example;
    };
  strings = list types.str;
  variables =
    example: description:
    mkOption {
      type = types.attrsOf types.str;
      default = { };
      inherit description example;
    };
in
{
  config.podman = lib.mkIf (cfg.backend == "podman") { };

  options = {
    image = mkOption {
      type = types.str;
      example = "docker.io/library/caddy:2";
      description = "The image that is run.";
    };
    imageFile = orNull types.package (
      "An archive of images that is loaded before the container starts. `image` names the one in it; if it has another name, "
      + "`image` is pulled."
    );
    imageStream =
      orNull
        types.package
        "A program whose output is an archive of images, instead of `imageFile`.";
    serviceName = mkOption {
      type = types.str;
      default = "${cfg.backend}-${name}";
      defaultText = lib.literalMD "the backend, a hyphen and the container's name";
      description = "The name of the service, without its suffix.";
    };
    login = {
      username = orNull types.str "The user's name at the registry that the image is pulled from.";
      passwordFile = orNull types.str "A file of the machine with the password.";
      registry = orNull types.str "The registry.";
    };
    cmd = strings [ "--port=9000" ] "The command, or the arguments of the image's entry point.";
    labels = variables { "traefik.enable" = "true"; } "The container's labels.";
    entrypoint = orNull types.str "The program that is run, instead of the image's.";
    environment = variables { DATABASE_HOST = "db.example.com"; } "Environment variables.";
    environmentFiles =
      list
        lineTypes.machineFile
        [
          "/run/secrets/web"
        ]
        "Files of the machine with lines NAME=VALUE: environment variables that are secret.";
    log-driver = mkOption {
      type = types.str;
      default = "journald";
      description = "Where the container's output goes.";
    };
    ports = strings [ "127.0.0.1:8080:80" ] (
      "Ports of the container that are ports of the machine: `IP:PORT:CONTAINER-PORT`, `PORT:CONTAINER-PORT` or `CONTAINER-PORT`, "
      + "each with `/udp` if it is not TCP. The firewall does not close them."
    );
    user = orNull types.str "The user, and its group after a colon, instead of the image's.";
    volumes =
      strings
        [
          "/srv/www:/usr/share/caddy:ro"
        ]
        "Files and folders of the machine, or names of volumes, each with its place in the container.";
    workdir = orNull types.str "The working directory, instead of the image's.";
    dependsOn = strings [ "database" ] "Containers of this set that are started first.";
    hostname = orNull types.str "The container's host name.";
    preRunExtraOptions = strings [ "--runtime" "runsc" ] "Options before the word `run`.";
    extraOptions = strings [ "--memory=1g" ] "Further options of `podman run` or `docker run`.";
    autoStart = flag true "Whether the container starts at boot.";
    podman =
      orNull
        (types.submodule {
          options = {
            sdnotify = mkOption {
              type = types.enum [ "conmon" "healthy" "container" ];
              default = "conmon";
              description =
                "When the service has started: when the container runs, when its health check passes, or when a program in it says so.";
            };
            user = mkOption {
              type = types.str;
              default = "root";
              description = "The user of the machine that runs the container.";
            };
          };
        })
        "What only podman has. It is null with docker.";
    pull = mkOption {
      type = types.enum [ "always" "missing" "never" "newer" ];
      default = "missing";
      description = "When the image is pulled.";
    };
    capabilities = mkOption {
      type = types.lazyAttrsOf (types.nullOr types.bool);
      default = { };
      example = { NET_ADMIN = true; };
      description =
        "Capabilities that the container has (true) or has not (false), beside the defaults.";
    };
    devices = strings [ "/dev/dri:/dev/dri" ] "Devices of the machine that the container may use.";
    privileged = flag false "Whether the container may do almost all that root may.";
    autoRemoveOnStop = flag true "Whether the container is removed when it stops.";
    networks = strings [ "backend" ] "Networks of podman or docker that the container is in.";
  };
}
