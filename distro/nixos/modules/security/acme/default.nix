# Certificates from an authority that speaks ACME, by Debian's lego.
#
# Of each certificate there are two services. acme-NAME makes a self-signed one if there is none, so that servers start without a network:
# they come after it. acme-order-renew-NAME asks the authority for one, or a newer one; a timer starts it again and again.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf;
  cfg = config.security.acme;
  certificates = lib.mapAttrs (
    name: cert: import ./certificate.nix { inherit lib pkgs cfg name cert; }
  ) cfg.certs;
  all = lib.attrValues certificates;

  user = if cfg.useRoot then "root" else "acme";
  option = name: "security.acme.certs.${lib.strings.escapeNixIdentifier name}";

  assertionsOf =
    name: cert:
    let
      ways = lib.filterAttrs (_: value: value != null) {
        inherit (cert) dnsProvider webroot listenHTTP s3Bucket;
      };
      fail = message: {
        assertion = false;
        message = "${option name}${message}";
      };
      check = holds: message: lib.optional (!holds) (fail message);
    in
    check
      (builtins.match "[A-Za-z0-9_][A-Za-z0-9_.-]*" name != null)
      ": the name is that of units and of a folder. Take one of letters, digits, `.' and `-', and set `domain' to \"${name}\"."
    ++ check (cert.email != null) ".email is null. Set it, or security.acme.defaults.email."
    ++ check
      (lib.length (lib.attrNames ways) == 1)
      ": exactly one of dnsProvider, webroot and listenHTTP says how challenges are answered. Set ${
        if ways == { } then
          "one of them."
        else
          "one of ${lib.concatStringsSep " and " (lib.attrNames ways)} to null."
      }"
    ++ check
      (cert.s3Bucket == null)
      ".s3Bucket is not available: Debian's lego has no such option. Use webroot or dnsProvider."
    ++ check
      (cert.profile == null)
      ".profile is not available: Debian's lego has no such option. Remove it."
    ++ check
      (lib.all (lib.hasSuffix "_FILE") (lib.attrNames cert.credentialFiles))
      ".credentialFiles has a variable whose name does not end with `_FILE'. Use environmentFile for it."
    ++ check
      ((cert.csr == null) == (cert.csrKey == null))
      ": csr and csrKey belong together. Set both or none.";
in
{
  imports = [ ./options.nix ];

  config = mkIf (cfg.certs != { }) {
    assertions = [
      {
        assertion = cfg.acceptTerms;
        message =
          "security.acme.acceptTerms is false, and without accepting the authority's terms there are no certificates. Read them "
          + "(Let's Encrypt's are at https://letsencrypt.org/repository/), and set it to true.";
      }
    ] ++ lib.concatLists (lib.mapAttrsToList assertionsOf cfg.certs);

    users.users.acme = {
      isSystemUser = true;
      group = "acme";
      home = "/var/lib/acme";
      homeMode = "755";
    };
    users.groups.acme = { };

    systemd.services = lib.mkMerge (
      [ { acme-setup = import ./setup.nix { inherit lib cfg user; }; } ]
      ++ map (it: {
        "acme-${it.name}" = it.base;
        "acme-order-renew-${it.name}" = it.order;
      }) all
    );
    systemd.timers = lib.listToAttrs (
      map (it: lib.nameValuePair "acme-renew-${it.name}" it.timer) all
    );

    # Certificates of one account: the first makes it, and the others wait for that.
    systemd.targets = lib.mapAttrs' (
      account: members:
      let
        viaDns = builtins.filter (it: cfg.certs.${it.name}.dnsProvider != null) members;
        leader = lib.head (viaDns ++ members);
        unit = it: "acme-order-renew-${it.name}.service";
        others = map unit (builtins.filter (it: it.name != leader.name) members);
      in
      lib.nameValuePair "acme-account-${account}" {
        description = "Account of ACME";
        requiredBy = others;
        before = others;
        requires = [ (unit leader) ];
        after = [ (unit leader) ];
        unitConfig.RefuseManualStart = true;
      }
    ) (lib.groupBy (it: it.account) all);
  };
}
