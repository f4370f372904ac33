# What servers of the web do for those of their hosts that have certificates of `security.acme`.
{ config, lib }:

let
  inherit (config.security.acme) certs;

  # The options of a certificate that a host has for itself.
  ownCert =
    group: host:
    let
      # If the host has no folder for challenges, what security.acme says goes before.
      priority = if host.acmeRoot != null then 1000 else 2000;
    in
    {
      group = lib.mkDefault group;
      webroot = lib.mkOverride priority host.acmeRoot;
      dnsProvider = lib.mkOverride priority null;
      extraDomainNames = host.serverAliases;
    };
in
rec {
  /* The name in `security.acme.certs` of the certificate that a host of the name `hostName` has; null, if it has none. */
  certNameOf =
    hostName: host:
    if host.useACMEHost != null then
      host.useACMEHost
    else if host.enableACME or false then
      hostName
    else
      null;

  /*
    The wiring of the server that `service` runs. `hosts` are its hosts, each with a `hostName`; `group` may read the keys of certificates
    that they have for themselves. `ofOwn host` gives more options of such a certificate, `ofShared` those of one that hosts name.
  */
  wiringOf =
    {
      service,
      group,
      hosts,
      ofOwn ? _: { },
      ofShared ? { },
    }:
    let
      nameOf = host: certNameOf host.hostName host;
      withCert = builtins.filter (host: nameOf host != null) hosts;
    in
    rec {
      certNames = lib.unique (map nameOf withCert);
      # Services that make self-signed certificates if there are none. The server comes after them.
      baseServices = map (name: "acme-${name}.service") certNames;
      # Services that get certificates from the authority, which asks the server.
      orderServices = map (name: "acme-order-renew-${name}.service") certNames;
      # Parts of a service that reloads the server, if there are all certificates.
      reload = {
        unitConfig.ConditionPathExists = map (
          name: "${certs.${name}.directory}/fullchain.pem"
        ) certNames;
        serviceConfig = {
          Type = "oneshot";
          TimeoutSec = 60;
          ExecCondition = "/usr/bin/systemctl -q is-active ${service}";
          ExecStart = "/usr/bin/systemctl reload ${service}";
        };
      };
      # The definition of security.acme.certs.
      definition = lib.mkMerge (
        [ (lib.genAttrs certNames (_: { reloadServices = [ service ]; })) ]
        ++ map (host: {
          ${nameOf host} =
            if host.useACMEHost != null then
              ofShared
            else
              lib.mkMerge [ (ownCert group host) (ofOwn host) ];
        }) withCert
      );
    };
}
