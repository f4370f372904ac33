# nix-serve: the machine's store as a binary cache.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.nix-serve;
  foreignPackage = import ../../../lib/foreign-package.nix { inherit lib pkgs; };
in
{
  options.services.nix-serve = {
    enable = lib.mkEnableOption "nix-serve, a binary cache of the machine's store";
    package = foreignPackage {
      option = "services.nix-serve.package";
      name = "nix-serve";
      program = "nix-serve";
    };
    bindAddress = mkOption {
      type = types.singleLineStr;
      default = "0.0.0.0";
      description = "The address that the server listens at.";
    };
    port = mkOption {
      type = types.port;
      default = 5000;
      description = "The port.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets others reach the port.";
    };
    secretKeyFile = mkOption {
      type = types.nullOr types.singleLineStr;
      default = null;
      example = "/run/secrets/cache-key";
      description = "A file with the key that signs paths.";
    };
    extraParams = mkOption {
      type = types.separatedString " ";
      default = "";
      description = "Further arguments of nix-serve.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = config.nix.enable;
        message =
          "services.nix-serve serves the store of Nix, which the machine has not. Set nix.enable = true.";
      }
    ];
    nix.settings.extra-allowed-users = [ "nix-serve" ];
    networking.firewall.allowedTCPPorts = lib.optional cfg.openFirewall cfg.port;

    systemd.services.nix-serve = {
      description = "nix-serve binary cache server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      path = [ config.nix.package pkgs.bzip2 ];
      environment.NIX_REMOTE = "daemon";
      script = ''
        ${lib.optionalString (cfg.secretKeyFile != null) "export NIX_SECRET_KEY_FILE=\"$CREDENTIALS_DIRECTORY/NIX_SECRET_KEY_FILE\""}
        exec ${
          lib.getExe' cfg.package "nix-serve"
        } --listen ${lib.escapeShellArg "${cfg.bindAddress}:${toString cfg.port}"} ${cfg.extraParams}
      '';
      serviceConfig = {
        Restart = "always";
        RestartSec = "5s";
        User = "nix-serve";
        DynamicUser = true;
        LoadCredential =
          lib.mkIf (cfg.secretKeyFile != null) "NIX_SECRET_KEY_FILE:${cfg.secretKeyFile}";
      };
    };
  };
}
