# The options of certificates, and those that they have in common.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.security.acme;

  # Options of `defaults`, and of each certificate, which has the value of `defaults` unless it says otherwise.
  inheritable =
    isDefaults:
    { config, ... }:
    let
      option =
        name: type: default: description:
        mkOption {
          inherit type description;
          default = if isDefaults || !config.inheritDefaults then default else cfg.defaults.${name};
          defaultText =
            if isDefaults then
              lib.literalExpression (builtins.toJSON default)
            else
              lib.literalExpression "config.security.acme.defaults.${name}";
        };
      nullable = name: type: option name (types.nullOr type) null;
      flags = name: option name (types.listOf types.str) [ ];
    in
    {
      imports = [ (lib.mkRenamedOptionModule [ "credentialsFile" ] [ "environmentFile" ]) ];
      options = lib.mapAttrs (name: make: make name) {
        validMinDays =
          name: option name types.int 30 "How many days a certificate has left when it is renewed.";
        renewInterval =
          name: option name types.str "daily" "When that is looked at, as in systemd.time(7).";
        enableDebugLogs = name: option name types.bool true "Whether commands are logged.";
        webroot =
          name:
          nullable
            name
            types.str
            "The folder of a server of http for these names, in which challenges are answered.";
        listenHTTP =
          name:
          nullable
            name
            types.str
            "The address and port, such as `:1360`, at which the client itself responds to challenges.";
        dnsProvider =
          name:
          nullable
            name
            types.str
            "The service of DNS that has the names, as `lego dnshelp` lists them.";
        dnsResolver =
          name:
          nullable
            name
            types.str
            "The name server and port, such as `192.0.2.1:53`, that is asked for the records.";
        dnsPropagationCheck =
          name:
          option
            name
            types.bool
            true
            "Whether records must be seen in DNS before the authority looks for them.";
        environmentFile =
          name: nullable name types.machineFile "A file of variables for the service of DNS.";
        credentialFiles =
          name:
          option
            name
            (types.attrsOf types.machineFile)
            { }
            "Files with the values of variables for the service of DNS, by their names, which end with `_FILE`.";
        server =
          name:
          option
            name
            (types.nullOr types.str)
            "https://acme-v02.api.letsencrypt.org/directory"
            "The directory of the authority, which is Let's Encrypt's by default.";
        email = name: nullable name types.str "The address of the account.";
        group = name: option name types.str "acme" "The group that may read the key.";
        keyType =
          name:
          option
            name
            types.str
            "ec256"
            "The kind of key: ec256, ec384, rsa2048, rsa4096 or rsa8192.";
        reloadServices =
          name: flags name "Units that are reloaded, or restarted, for a new certificate.";
        postRun =
          name:
          option
            name
            types.lines
            ""
            "Commands that root runs in the certificate's folder when there is a new one.";
        ocspMustStaple =
          name:
          option
            name
            types.bool
            false
            "Whether servers must prove that the certificate was not revoked.";
        profile =
          name:
          nullable
            name
            types.str
            "The authority's profile of certificates. Debian's lego has no such option.";
        extraLegoFlags = name: flags name "Arguments of lego.";
        extraLegoRunFlags = name: flags name "Arguments of `lego run`.";
        extraLegoRenewFlags = name: flags name "Arguments of `lego renew`.";
      };
    };

  ofCertificate =
    { name, ... }:
    {
      options = {
        directory = mkOption {
          type = types.str;
          readOnly = true;
          default = "/var/lib/acme/${name}";
          description = "The folder of cert.pem, chain.pem, fullchain.pem, key.pem and full.pem.";
        };
        domain = mkOption {
          type = types.str;
          default = name;
          description = "The name that the certificate is for, which may begin with `*.`.";
        };
        extraDomainNames = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "www.example.org" ];
          description = "Other names that it is for.";
        };
        csr = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The path of a request that is signed as it is.";
        };
        csrKey = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The path of the key of `csr`.";
        };
        s3Bucket = mkOption {
          type = types.nullOr types.str;
          default = null;
          description =
            "The bucket of S3 in which challenges are answered. Debian's lego has no such option.";
        };
        inheritDefaults = mkOption {
          type = types.bool;
          default = true;
          description = "Whether `security.acme.defaults` holds for it.";
        };
      };
    };

  removed = name: why: lib.mkRemovedOptionModule [ "security" "acme" name ] why;
  moved =
    name: to:
    lib.mkRenamedOptionModule [ "security" "acme" name ] [ "security" "acme" "defaults" to ];
in
{
  imports =
    [
      (removed
        "production"
        "Set security.acme.defaults.server to the directory of another authority, or of one for tests."
      )
      (removed "directory" "The folder is /var/lib/acme.")
      (removed "preDelay" "Let a unit be required by, and before, acme-order-renew-NAME.service.")
      (removed
        "activationDelay"
        "Let a unit be required by, and before, acme-order-renew-NAME.service."
      )
      (removed
        "preliminarySelfsigned"
        "There always are self-signed certificates until there are others."
      )
      (lib.mkChangedOptionModule [ "security" "acme" "validMin" ] [
        "security"
        "acme"
        "defaults"
        "validMinDays"
      ] (config: config.security.acme.validMin / (24 * 3600)))
    ]
    ++ map (name: moved name name) [
      "validMinDays"
      "renewInterval"
      "email"
      "server"
      "enableDebugLogs"
    ];

  options.security.acme = {
    acceptTerms = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether you accept the authority's terms: those of Let's Encrypt are at https://letsencrypt.org/repository/.";
    };
    useRoot = mkOption {
      type = types.bool;
      default = false;
      description = "Whether certificates are root's instead of the user acme's.";
    };
    maxConcurrentRenewals = mkOption {
      type = types.ints.unsigned;
      default = 5;
      description = "How many certificates are renewed at the same time; 0 is no limit.";
    };
    defaults = mkOption {
      type = types.submodule (inheritable true);
      default = { };
      description = "What holds for all certificates that do not say otherwise.";
    };
    certs = mkOption {
      type = types.attrsOf (
        types.submodule [
          (inheritable false)
          ofCertificate
        ]
      );
      default = { };
      example = {
        "example.org" = {
          extraDomainNames = [ "www.example.org" ];
          dnsProvider = "rfc2136";
          environmentFile = "/run/secrets/dns";
        };
      };
      description =
        "Certificates that an authority signs and that are renewed in time, by the names of their folders in /var/lib/acme.";
    };
  };
}
