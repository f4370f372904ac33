# The units of one certificate.
{
  lib,
  pkgs,
  cfg,
  name,
  cert,
}:

let
  inherit (lib) escapeShellArg escapeShellArgs optionals;

  hash = value: lib.substring 0 20 (builtins.hashString "sha256" value);
  account = hash "${toString cert.server} ${cert.keyType} ${toString cert.email}";
  # Another folder for what makes another certificate of the same names.
  kind = hash (
    builtins.toJSON [
      cert.extraLegoFlags
      cert.extraLegoRunFlags
      cert.extraLegoRenewFlags
      cert.server
      cert.dnsProvider
      cert.ocspMustStaple
      cert.keyType
    ]
  );
  # What lego makes of the name in names of files.
  fileName = lib.replaceStrings [ "*" ] [ "_" ] cert.domain;
  names = [ cert.domain ] ++ cert.extraDomainNames;

  challenge =
    if cert.dnsProvider != null then
      [ "--dns" cert.dnsProvider ]
      ++ optionals (!cert.dnsPropagationCheck) [ "--dns.disable-cp" ]
      ++ optionals (cert.dnsResolver != null) [ "--dns.resolvers" cert.dnsResolver ]
    else if cert.listenHTTP != null then
      [ "--http" "--http.port" cert.listenHTTP ]
    else
      [ "--http" "--http.webroot" "${toString cert.webroot}" ];
  common =
    [ "--accept-tos" "--path" "." "--email" (toString cert.email) "--key-type" cert.keyType ]
    ++ challenge
    ++ optionals (cert.server != null) [ "--server" cert.server ]
    ++ (
      if cert.csr != null then
        [ "--csr" cert.csr ]
      else
        lib.concatMap (domain: [ "-d" domain ]) names
    )
    ++ cert.extraLegoFlags;
  mustStaple = optionals cert.ocspMustStaple [ "--must-staple" ];
  run = common ++ [ "run" ] ++ mustStaple ++ cert.extraLegoRunFlags;
  renew =
    common
    ++ [ "renew" "--no-random-sleep" "--days" (toString cert.validMinDays) ]
    ++ mustStaple
    ++ cert.extraLegoRenewFlags;

  # One of the places for those that run at the same time.
  lock = lib.optionalString (cfg.maxConcurrentRenewals > 0) ''
    exec {lock}> /run/acme/${
      toString (
        lib.mod
          (lib.lists.findFirstIndex (it: it == name) 0 (lib.attrNames cfg.certs))
          cfg.maxConcurrentRenewals
      )
    }.lock
    flock "$lock"
  '';

  isPrivileged =
    cert.listenHTTP != null
    && (
      let
        port = builtins.match ".*:([0-9]{1,5})" cert.listenHTTP;
      in
      port != null && lib.toIntBase10 (lib.head port) < 1024
    );
  hardening = import ./hardening.nix { user = if cfg.useRoot then "root" else "acme"; };
in
{
  inherit name account;

  timer = {
    description = "Renewal of the certificate ${name}";
    wantedBy = [ "timers.target" ];
    timerConfig = {
      OnCalendar = cert.renewInterval;
      Unit = "acme-order-renew-${name}.service";
      Persistent = true;
      # Many certificates are spread over the day, as authorities ask for.
      AccuracySec = "${toString (86400 / lib.length (lib.attrNames cfg.certs))}s";
      RandomizedDelaySec = "24h";
      FixedRandomDelay = true;
    };
  };

  base = {
    description = "A first certificate ${name}";
    requires = [ "acme-setup.service" ];
    after = [ "acme-setup.service" ];
    path = [ pkgs.openssl ];
    unitConfig = {
      ConditionPathExists = "!${cert.directory}/key.pem";
      StartLimitIntervalSec = 0;
    };
    serviceConfig = hardening // {
      Group = cert.group;
      UMask = "0027";
      StateDirectory = "acme/${name}";
      WorkingDirectory = cert.directory;
      RemainAfterExit = true;
    };
    script = ''
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout key.new -out cert.pem \
        -subj /CN=self-signed -addext ${escapeShellArg "subjectAltName=${lib.concatMapStringsSep "," (domain: "DNS:${domain}") names}"}
      cp cert.pem chain.pem
      cp cert.pem fullchain.pem
      cat key.new fullchain.pem > full.pem
      chmod 640 *.pem key.new
      mv key.new key.pem
    '';
  };

  order = {
    description = "The certificate ${name} from its authority";
    wantedBy = [ "multi-user.target" ];
    wants = [ "network-online.target" ];
    requires = [ "acme-setup.service" "acme-${name}.service" ];
    after = [
      "network.target"
      "network-online.target"
      "nss-lookup.target"
      "acme-setup.service"
      "acme-${name}.service"
    ];
    path = [ pkgs.lego pkgs.openssl ];
    # A failed order is not repeated soon: authorities allow five an hour.
    restartIfChanged = true;
    serviceConfig =
      hardening
      // {
        Group = cert.group;
        RestartSec = 900;
        StateDirectory = [
          "acme/${name}"
          "acme/.lego/${name}"
          "acme/.lego/${name}/${kind}"
          "acme/.lego/accounts/${account}"
        ];
        ReadWritePaths =
          hardening.ReadWritePaths ++ lib.optional (cert.webroot != null) cert.webroot;
        BindPaths = [
          "/var/lib/acme/.lego/accounts/${account}:/tmp/accounts"
          "/var/lib/acme/.lego/${name}/${kind}:/tmp/certificates"
          "${cert.directory}:/tmp/out"
        ];
        ExecStartPost = "+${
          pkgs.writeShellScript "acme-new-${name}" ''
            cd ${cert.directory}
            [ -e renewed ] || exit 0
            rm renewed
            ${cert.postRun}
            ${
              lib.optionalString
                (cert.reloadServices != [ ])
                "/usr/bin/systemctl --no-block try-reload-or-restart ${escapeShellArgs cert.reloadServices}"
            }
          ''
        }";
      }
      // lib.optionalAttrs (cert.dnsProvider != null) {
        EnvironmentFile = lib.mkIf (cert.environmentFile != null) cert.environmentFile;
        Environment = lib.mapAttrsToList (
          variable: _: "\"${variable}=%d/${variable}\""
        ) cert.credentialFiles;
        LoadCredential = lib.mapAttrsToList (
          variable: file: "${variable}:${file}"
        ) cert.credentialFiles;
      }
      // lib.optionalAttrs isPrivileged {
        CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
      };
    script = ''
      ${lib.optionalString cert.enableDebugLogs "set -x"}
      set -euo pipefail
      ${lock}
      run=(${escapeShellArgs run})
      renew=(${escapeShellArgs renew})
      names=${escapeShellArg (lib.concatStringsSep " " names)}
      file=certificates/${escapeShellArg fileName}
      key=${if cert.csrKey != null then escapeShellArg cert.csrKey else "$file.key"}
      account=${escapeShellArg (toString cert.email)}
      days=${toString cert.validMinDays}
      ${builtins.readFile ./order.sh}
    '';
  };
}
