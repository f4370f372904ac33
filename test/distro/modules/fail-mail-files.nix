(import ./system.inc {
  services.dovecot2 = { enable = true; sslServerCert = "/x"; showPAMFailure = true; enablePAM = false; };
  services.openldap = {
    enable = true;
    settings.children."olcDatabase={1}mdb".attrs.olcDbDirectory = "/var/db/ldap";
    configDir = "/x";
    mutableConfig = true;
  };
  services.radicale = { enable = true; config = "x"; settings.server.hosts = [ "x" ]; };
}).checked
