# The client of SSH, for all users: its configuration, the hosts that it knows, and an agent for keys.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.ssh;
  inherit (import ../../lib/formats { inherit lib; }) sshd text;
  at = name: {
    option = "programs.ssh.${name}";
    file = "/etc/ssh/ssh_config";
  };

  algorithms =
    example: description:
    mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      inherit description example;
    };
  # A setting whose value is a list of names, or no line.
  list =
    keyword: name:
    lib.optionalString
      (cfg.${name} != null && cfg.${name} != [ ])
      "  ${keyword} ${lib.concatMapStringsSep "," (text.word (at name)) cfg.${name}}\n";
  knownHostsFiles = [
    "/etc/ssh/ssh_known_hosts"
  ] ++ map (file: text.word (at "knownHostsFiles") "${file}") cfg.knownHostsFiles;

  agentOption =
    letter: name: lib.optionals (cfg.${name} != null) [ letter (text.word (at name) cfg.${name}) ];
in
{
  options.programs.ssh = {
    package = lib.mkPackageOption pkgs "openssh" { };
    startAgent = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether an SSH agent (ssh-agent), which keeps private keys in memory, starts for each user.";
    };
    agentTimeout = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "1h";
      description = "How long the agent keeps a key; null keeps it until the agent ends.";
    };
    agentPKCS11Whitelist = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so";
      description = "Patterns of the PKCS#11 libraries that `ssh-add -s` may load into the agent.";
    };
    enableAskPassword = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the program of `askPassword` asks for passphrases where there is no terminal (`SSH_ASKPASS`).";
    };
    askPassword = mkOption {
      type = types.str;
      default = "/usr/bin/ssh-askpass";
      description = "The program that asks for passphrases in a window.";
    };
    forwardX11 = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description =
        "Whether programs on other machines may show their windows here (ForwardX11). null leaves it to ssh, which does not.";
    };
    setXAuthLocation = mkOption {
      type = types.bool;
      default = cfg.forwardX11 == true;
      defaultText = lib.literalExpression "config.programs.ssh.forwardX11 == true";
      description = "Whether `xauth`, which forwarding of X11 needs, is installed for ssh.";
    };
    pubkeyAcceptedKeyTypes = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "ssh-ed25519" "ssh-rsa" ];
      description = "The types of keys that users prove themselves with. If empty, ssh's own.";
    };
    hostKeyAlgorithms = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "ssh-ed25519" "ssh-rsa" ];
      description =
        "The algorithms of hosts' keys that are accepted, the best first. If empty, ssh's own.";
    };
    kexAlgorithms = algorithms [
      "curve25519-sha256"
    ] "The key exchanges that are used, the best first. If null, ssh's own.";
    ciphers = algorithms [
      "chacha20-poly1305@openssh.com"
      "aes256-gcm@openssh.com"
    ] "The ciphers that are used, the best first. If null, ssh's own.";
    macs =
      algorithms
        [ "hmac-sha2-512-etm@openssh.com" ]
        "The message authentication codes that are used, the best first. If null, ssh's own.";
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "ServerAliveInterval 60";
      description =
        "Lines of /etc/ssh/ssh_config before those of the other options, as in ssh_config(5): of two settings the first counts.";
    };
    knownHostsFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = lib.literalExpression "[ ./known_hosts ]";
      description =
        "Files with public keys of SSH servers, which clients then trust, in addition to `knownHosts`.";
    };
    knownHosts = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, config, ... }:
          {
            options = {
              hostNames = mkOption {
                type = types.listOf types.str;
                default = [ name ] ++ config.extraHostNames;
                defaultText = lib.literalMD "the attribute's name";
                description =
                  "The names and addresses of the host. Defaults to the attribute's name and `extraHostNames`.";
              };
              extraHostNames = mkOption {
                type = types.listOf types.str;
                default = [ ];
                example = [ "192.0.2.1" ];
                description =
                  "Names and addresses of the host in addition to the attribute's name.";
              };
              publicKey = mkOption {
                type = types.nullOr types.str;
                default = null;
                example = "ssh-ed25519 AAAA...";
                description =
                  "The host's public key: its type and its data, as in the `.pub` file.";
              };
              publicKeyFile = mkOption {
                type = types.nullOr types.path;
                default = null;
                description =
                  "A file with the host's public key, instead of `publicKey`. It is read during evaluation.";
              };
              certAuthority = mkOption {
                type = types.bool;
                default = false;
                description =
                  "Whether the key is that of a certificate authority, which signs the keys of hosts.";
              };
            };
          }
        )
      );
      default = { };
      example = { "server.example.org".publicKey = "ssh-ed25519 AAAA..."; };
      description =
        "Public keys of SSH servers, which clients then trust (/etc/ssh/ssh_known_hosts).";
    };
  };

  config = lib.mkMerge [
    {
      system.basePackages = [ "openssh-client" ];
      users.groups._ssh = { };
      environment.systemPackages = lib.optional (cfg.package != pkgs.openssh) cfg.package;
      environment.etc."ssh/ssh_config".text =
        cfg.extraConfig
        + lib.optionalString (cfg.extraConfig != "" && !(lib.hasSuffix "\n" cfg.extraConfig)) "\n"
        + "Host *\n"
        + "  GlobalKnownHostsFile ${lib.concatStringsSep " " knownHostsFiles}\n"
        + "  SendEnv LANG LC_* COLORTERM NO_COLOR\n"
        + lib.optionalString (!config.networking.enableIPv6) "  AddressFamily inet\n"
        + lib.optionalString cfg.setXAuthLocation "  XAuthLocation /usr/bin/xauth\n"
        + lib.optionalString
          (cfg.forwardX11 != null)
          "  ForwardX11 ${lib.boolToYesNo cfg.forwardX11}\n"
        + list "PubkeyAcceptedAlgorithms" "pubkeyAcceptedKeyTypes"
        + list "HostKeyAlgorithms" "hostKeyAlgorithms"
        + list "KexAlgorithms" "kexAlgorithms"
        + list "Ciphers" "ciphers"
        + list "MACs" "macs"
        + "\n";
      environment.etc."ssh/ssh_known_hosts".text = lib.concatStrings (
        lib.mapAttrsToList (
          name: h:
          sshd.knownHost {
            option = lib.showOption [ "programs" "ssh" "knownHosts" name ];
            inherit (h) certAuthority hostNames;
            key = if h.publicKey != null then h.publicKey else lib.fileContents h.publicKeyFile;
          }
        ) cfg.knownHosts
      );
      assertions = lib.mapAttrsToList (name: h: {
        assertion = (h.publicKey == null) != (h.publicKeyFile == null);
        message =
          "programs.ssh.knownHosts.\"${name}\" must have either publicKey or publicKeyFile. Set one of them.";
      }) cfg.knownHosts;
    }
    (mkIf cfg.setXAuthLocation { environment.systemPackages = [ pkgs.xauth ]; })
    (mkIf cfg.enableAskPassword {
      environment.variables.SSH_ASKPASS = lib.mkDefault cfg.askPassword;
    })
    (mkIf cfg.startAgent {
      systemd.user.services.ssh-agent = {
        description = "Agent for SSH keys";
        wantedBy = [ "default.target" ];
        serviceConfig = {
          ExecStart = lib.concatStringsSep " " (
            [ "/usr/bin/ssh-agent" "-D" "-a" "%t/ssh-agent" ]
            ++ agentOption "-t" "agentTimeout"
            ++ agentOption "-P" "agentPKCS11Whitelist"
          );
        };
      };
      environment.extraInit =
        "if [ -z \"\${SSH_AUTH_SOCK-}\" ] && [ -n \"\${XDG_RUNTIME_DIR-}\" ]; then export "
        + "SSH_AUTH_SOCK=\"$XDG_RUNTIME_DIR/ssh-agent\"; fi\n";
    })
  ];
}
