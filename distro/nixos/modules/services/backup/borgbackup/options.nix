# The options of services.borgbackup.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag line;
  inherit (import ../../../../lib/line-types.nix { inherit lib; }) secretLine;
  inherit (config.networking) hostName;

  strings =
    description: example:
    mkOption {
      type = types.listOf types.singleLineStr;
      default = [ ];
      inherit description example;
    };
  hook =
    what:
    mkOption {
      type = types.lines;
      default = "";
      description = "Shell commands ${what}.";
    };
  arguments =
    what: example:
    mkOption {
      type = types.coercedTo (types.listOf types.str) lib.escapeShellArgs types.singleLineStr;
      default = [ ];
      inherit example;
      description = "Further arguments of ${what}.";
    };

  job =
    { config, name, ... }:
    {
      options = {
        paths = mkOption {
          type = types.nullOr (types.coercedTo types.str lib.singleton (types.listOf types.str));
          default = null;
          example = [ "/home" ];
          description = "What is backed up.";
        };
        dumpCommand = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "A program whose output is backed up, in place of `paths`.";
        };
        repo = mkOption {
          type = types.singleLineStr;
          example = "borg@10.0.0.9:.";
          description = "The repository.";
        };
        removableDevice =
          flag
            false
            "Whether the repository is on a device that may be absent: its folder is not made.";
        archiveBaseName = mkOption {
          type = types.nullOr (types.strMatching "[^/{}[:cntrl:]]+");
          default = "${hostName}-${name}";
          defaultText = lib.literalExpression ''"''${config.networking.hostName}-<name>"'';
          description = "What the names of archives begin with. The time follows.";
        };
        dateFormat = line "+%Y-%m-%dT%H:%M:%S" "Arguments of date, which make the time in names.";
        startAt = mkOption {
          type = types.either types.str (types.listOf types.str);
          default = "daily";
          description = "When, as in systemd.time(7). An empty list is only by hand.";
        };
        persistentTimer =
          flag false "Whether a backup that was missed while the machine was off is made up for.";
        inhibitsSleep = flag false "Whether the machine does not sleep meanwhile.";
        user = line "root" "The user that borg runs as.";
        group = line "root" "The group that borg runs as.";
        wrapper = mkOption {
          type = types.nullOr (types.strMatching "[^/[:cntrl:]]*");
          default = "borg-job-${name}";
          defaultText = "borg-job-<name>";
          description =
            "The name of a program that is borg with this repository and passphrase. null is none.";
        };
        encryption = {
          mode = mkOption {
            type = types.enum [
              "repokey"
              "keyfile"
              "repokey-blake2"
              "keyfile-blake2"
              "authenticated"
              "authenticated-blake2"
              "none"
            ];
            description = "How a new repository is encrypted.";
          };
          passCommand = mkOption {
            type = types.nullOr types.singleLineStr;
            default = null;
            example = "cat /run/secrets/borg";
            description = "A command that prints the passphrase.";
          };
          passphrase = mkOption {
            type = types.nullOr secretLine;
            default = null;
            description = "The passphrase. Everyone can read it in the store: use `passCommand`.";
          };
        };
        compression = mkOption {
          type = types.strMatching "none|(auto,)?(lz4|zstd|zlib|lzma)(,[[:digit:]]{1,2})?";
          default = "lz4";
          example = "auto,zstd";
          description = "How archives are compressed.";
        };
        exclude = strings "Patterns of what is left out." [ "/home/*/.cache" ];
        patterns =
          strings
            "Patterns with `+` and `-` of what is backed up or left out: the first that fits counts."
            [ "+ /home/anna" "- /home/*" ];
        readWritePaths = mkOption {
          type = types.listOf types.path;
          default = [ ];
          description = "Folders that hooks may write to. Others are read-only.";
        };
        privateTmp = flag true "Whether the job has a /tmp of its own.";
        failOnWarnings =
          flag
            true
            "Whether the job fails if borg warns, for example of a file that changed meanwhile.";
        doInit = flag true "Whether the repository is made if it does not exist.";
        appendFailedSuffix =
          flag true "Whether the name of an archive ends with `.failed` until it is whole.";
        prune.keep = mkOption {
          type = types.attrsOf (types.either types.int (types.strMatching "[[:digit:]]+[Hdwmy]"));
          default = { };
          example = {
            daily = 7;
            weekly = 4;
          };
          description = "Which archives are kept. Without any rule, all are.";
        };
        prune.prefix = mkOption {
          type = types.nullOr types.singleLineStr;
          default = config.archiveBaseName;
          defaultText = lib.literalExpression "archiveBaseName";
          description = "Of which archives: those whose names begin so.";
        };
        environment = mkOption {
          type = types.attrsOf types.singleLineStr;
          default = { };
          example = { BORG_RSH = "ssh -i /run/secrets/key"; };
          description = "Environment variables of borg.";
        };
        preHook = hook "before the backup";
        postInit = hook "after the repository was made";
        postCreate = hook "after the archive `$archiveName` was made";
        postPrune = hook "after old archives were removed";
        postHook = hook "at the end, even of a failed job: `$exitStatus` is its status";
        extraArgs = arguments "all calls of borg" [ "--remote-path=/opt/borg" ];
        extraInitArgs = arguments "borg init" [ "--append-only" ];
        extraCreateArgs = arguments "borg create" [ "--stats" ];
        extraPruneArgs = arguments "borg prune" [ "--list" ];
        extraCompactArgs = arguments "borg compact" [ "--threshold 20" ];
      };
    };

  repo.options = {
    path = mkOption {
      type = types.path;
      default = "/var/lib/borgbackup";
      description = "The folder of the repository. It is made.";
    };
    user = line "borg" "The user that borg serve runs as.";
    group = line "borg" "The group that borg serve runs as.";
    authorizedKeys =
      strings
        "Public keys that may do everything with the repository. Each should be for one repository alone."
        [ ];
    authorizedKeysAppendOnly = strings "Public keys that may only add archives." [ ];
    allowSubRepos = flag false "Whether clients may make repositories in folders below.";
    quota = mkOption {
      type = types.nullOr (types.strMatching "[[:digit:].]+[KMGTP]?");
      default = null;
      example = "100G";
      description = "The largest size of a repository.";
    };
  };
in
{
  options.services.borgbackup = {
    package = lib.mkPackageOption pkgs "borgbackup" { };
    jobs = mkOption {
      type = types.attrsOf (types.submodule job);
      default = { };
      example = {
        home = {
          paths = [ "/home" ];
          repo = "borg@10.0.0.9:.";
          encryption = {
            mode = "repokey-blake2";
            passCommand = "cat /run/secrets/borg";
          };
        };
      };
      description = "Backups by name. Each is the service `borgbackup-job-NAME`.";
    };
    repos = mkOption {
      type = types.attrsOf (types.submodule repo);
      default = { };
      description = "Repositories by name, for others who connect by ssh.";
    };
  };
}
