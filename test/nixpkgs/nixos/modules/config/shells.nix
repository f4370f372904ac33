{ config, lib, ... }:
{
  options.networking.hostName = lib.mkOption { type = lib.types.str; default = "nixos"; };
  options.time.timeZone = lib.mkOption { type = lib.types.nullOr lib.types.str; default = null; };
  config.environment.etc = {
    profile.text = ''
      export PATH=/run/wrappers/bin:/run/current-system/sw/bin
      export TERM="''${TERM:-linux}" PAGER=less EDITOR=vi
      if [ -n "''${BASH-}" ] && [ -r /etc/bashrc ]; then . /etc/bashrc; fi
    '';
    bashrc.text = ''
      if [ -n "''${PS1-}" ]; then
        if [ "$UID" -ne 0 ]; then PS1='\n\[\033[1;32m\][\u@\h:\w]\$\[\033[0m\] '; else PS1='\n\[\033[1;31m\][\u@\h:\w]\$\[\033[0m\] '; fi
      fi
    '';
    hostname.text = "${config.networking.hostName}\n";
    hosts.text = "127.0.0.1 localhost\n::1 localhost\n127.0.0.2 ${config.networking.hostName}\n";
    "nsswitch.conf".text = "passwd: files systemd\ngroup: files systemd\nshadow: files\nhosts: files myhostname dns\n";
    shells.text = "/run/current-system/sw/bin/bash\n";
    machine-id = { text = ""; mode = "0644"; };
  };
}
