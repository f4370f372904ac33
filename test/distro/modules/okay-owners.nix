# Warnings of owners that do not exist, and of hashes with which nobody can log in.
let
  system = import ../options/system.inc { modules = [ ({ lib, ... }: {
    users.ofPackages = lib.mkForce { users = { }; groups = [ ]; };
    users.users.alice = { isNormalUser = true; hashedPassword = "hunter2"; };
    users.users.bob = { isNormalUser = true; hashedPassword = "!$y$j9T$abc"; initialHashedPassword = null; };
    users.users.carol = { isNormalUser = true; initialHashedPassword = "rl0uE0EuUo1oM"; };
    environment.etc.linked = { text = "a"; user = "ghost"; };
    environment.etc.copied = { text = "a"; mode = "0400"; user = "ghost"; group = "alices"; };
    environment.etc.own = { text = "a"; mode = "0400"; user = "alice"; group = "+100"; };
    security.wrappers.probe = { source = "/usr/bin/true"; owner = "ghost"; group = "root"; };
    systemd.tmpfiles.settings.probe."/srv/a".d = { user = "ghost"; group = "users"; };
    systemd.tmpfiles.settings.probe."/srv/b".d = { };
    systemd.services.probe.serviceConfig = { ExecStart = "/bin/true"; User = "gh ost"; SupplementaryGroups = "users ghosts"; };
  }) ]; };
in
system.config.warnings
