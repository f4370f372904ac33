# The service of one container: { name, its options } to a unit.
{
  cfg,
  config,
  lib,
}:

let
  inherit (lib) escapeShellArg mapAttrsToList optional optionals;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  isPodman = cfg.backend == "podman";

  run =
    name: c: idFile:
    [ cfg.backend ]
    ++ c.preRunExtraOptions
    ++ [ "run" "--name=${name}" "--log-driver=${c.log-driver}" ]
    ++ optional (c.entrypoint != null) "--entrypoint=${c.entrypoint}"
    ++ optional (c.hostname != null) "--hostname=${c.hostname}"
    ++ optionals isPodman [
      "--cidfile=${idFile}"
      "--cgroups=enabled"
      "--sdnotify=${c.podman.sdnotify}"
      "--detach"
      "--replace"
    ]
    ++ mapAttrsToList (name: value: "--env=${name}=${value}") c.environment
    ++ map (file: "--env-file=${file}") c.environmentFiles
    ++ map (port: "--publish=${port}") c.ports
    ++ optional (c.user != null) "--user=${c.user}"
    ++ map (volume: "--volume=${volume}") c.volumes
    ++ mapAttrsToList (name: value: "--label=${name}=${value}") c.labels
    ++ optional (c.workdir != null) "--workdir=${c.workdir}"
    ++ optional c.privileged "--privileged"
    ++ optional c.autoRemoveOnStop "--rm"
    ++ mapAttrsToList (name: has: "--cap-${if has then "add" else "drop"}=${name}") (
      lib.filterAttrs (_: has: has != null) c.capabilities
    )
    ++ map (device: "--device=${device}") c.devices
    ++ map (network: "--network=${network}") (lib.unique c.networks)
    ++ [ "--pull=${c.pull}" ]
    ++ c.extraOptions
    ++ [ c.image ]
    ++ c.cmd;

  login =
    c:
    lib.optionalString
      (c.login.username != null && c.login.passwordFile != null && c.login.registry != null)
      ''
        ${cfg.backend} login ${
          lib.escapeShellArgs [
            c.login.registry
            "--username"
            c.login.username
          ]
        } --password-stdin < ${escapeShellArg c.login.passwordFile} \
          || ${cfg.backend} image inspect ${escapeShellArg c.image} > /dev/null \
          || { echo 'The image is not here, and the login at its registry failed.' >&2; exit 1; }
      '';
in
given: c:
let
  # It is part of the names of files and of a unit.
  name =
    text.restrict
      "[a-zA-Z0-9][a-zA-Z0-9_.-]*"
      "anything but letters, digits, `_', `.' and `-', of which the first is a letter or a digit"
      {
        option = "a name in virtualisation.oci-containers.containers";
        file = "the options of ${cfg.backend}";
      }
      given;
  user = if isPodman then c.podman.user else "root";
  account = import ../../../lib/account-of.nix {
    inherit config;
  } "virtualisation.oci-containers.containers.${name}.podman.user" user;
  idFile = "/run/${name}/ctr-id";
  isPulled = c.imageFile == null && c.imageStream == null;
  needed = map (
    other:
    "${
      (
        cfg.containers.${other} or (throw
          "virtualisation.oci-containers.containers.${name}.dependsOn has ${builtins.toJSON other}, which is none of them."
        )
      ).serviceName
    }.service"
  ) c.dependsOn;
  # podman's server of names reads the machine's /etc/resolv.conf.
  resolver = optional (isPodman && config.services.resolved.enable) "systemd-resolved.service";
  manager =
    optional
      (user != "root" && c.podman.sdnotify == "healthy")
      "user@${toString account.uid}.service";
in
{
  description = "The container ${name}";
  wantedBy = optional c.autoStart "multi-user.target";
  wants = optional isPulled "network-online.target" ++ resolver;
  requires = needed ++ manager;
  after =
    optionals (!isPodman) [ "docker.service" "docker.socket" ]
    ++ optional isPulled "network-online.target"
    ++ resolver
    ++ needed
    ++ manager;
  environment =
    config.networking.proxy.envVars // lib.optionalAttrs (user != "root") { HOME = account.home; };
  unitConfig = lib.mkIf (user != "root") {
    RequiresMountsFor = "/run/user/${toString account.uid}/containers";
  };

  preStart =
    "${cfg.backend} rm -f ${name} || true\n"
    + login c
    + lib.optionalString
      (c.imageFile != null)
      "${cfg.backend} load -i ${escapeShellArg "${c.imageFile}"}\n"
    + lib.optionalString
      (c.imageStream != null)
      "${escapeShellArg "${c.imageStream}"} | ${cfg.backend} load\n"
    + lib.optionalString isPodman "rm -f ${idFile}\n";
  script = "exec ${lib.concatStringsSep " \\\n  " (map escapeShellArg (run name c idFile))}";
  preStop =
    if isPodman then "podman stop --ignore --cidfile=${idFile}" else "docker stop ${name} || true";
  postStop =
    if isPodman then
      "podman rm -f --ignore --cidfile=${idFile}"
    else
      "docker rm -f ${name} || true";

  serviceConfig =
    {
      TimeoutStartSec = 0;
      TimeoutStopSec = 120;
      Restart = "always";
    }
    // lib.optionalAttrs isPodman {
      Environment = "PODMAN_SYSTEMD_UNIT=%n";
      Type = "notify";
      NotifyAccess = "all";
      Delegate = lib.mkIf (c.podman.sdnotify == "healthy") true;
      User = user;
      RuntimeDirectory = name;
    };
}
