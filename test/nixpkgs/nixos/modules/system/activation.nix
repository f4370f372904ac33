{ config, lib, pkgs, ... }:
{
  options.system = {
    activationScripts = lib.mkOption { type = lib.types.attrsOf lib.types.lines; default = { }; };
    build = lib.mkOption {
      default = { };
      type = lib.types.submoduleWith { modules = [ { freeformType = lib.types.lazyAttrsOf (lib.types.uniq lib.types.unspecified); } ]; };
    };
    activationOrder = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ "places" "etc" "users" "wrappers" "standIns" ];
    };
  };

  config.system.activationScripts.places = ''
    mkdir -p /etc /run /var/empty /var/log /var/lib /usr /bin /tmp /home /root
    ln -sfn /run /var/run
    chmod 1777 /tmp
    chmod 0700 /root
    mkdir -p /usr/bin
    ln -sfn ${pkgs.coreutils}/bin/env /usr/bin/env
    ln -sfn ${pkgs.bash}/bin/sh /bin/sh
  '';
  # The programs of Debian have these places compiled in. nixpkgs' own would not.
  config.system.activationScripts.standIns = ''
    mkdir -p /lib /usr/lib /usr/share
    for name in systemd udev; do
      ln -sfn ${pkgs.systemd}/lib/$name /lib/$name
      ln -sfn ${pkgs.systemd}/lib/$name /usr/lib/$name
    done
    ln -sfn /run/booted-system/kernel-modules/lib/modules /lib/modules
    ln -sfn ${pkgs.polkit}/lib/polkit-1 /usr/lib/polkit-1
    for name in dbus-1 polkit-1; do ln -sfn /run/current-system/sw/share/$name /usr/share/$name; done
    for folder in /bin /usr/bin /sbin /usr/sbin; do
      mkdir -p $folder
      for name in mount umount swapon swapoff fsck sulogin agetty kmod modprobe dbus-daemon; do
        ln -sfn /run/current-system/sw/bin/$name $folder/$name
      done
    done
    ln -sfn ${pkgs.ncurses}/share/terminfo /usr/share/terminfo
  '';

  config.system.build.activate = pkgs.writeShellScript "activate" ''
    systemConfig=@out@
    export PATH=${lib.makeBinPath (with pkgs; [ coreutils findutils gnugrep gnused shadow util-linux mkpasswd ])}
    status=0
    ${lib.concatMapStrings (name: ''
      # ${name}
      ${config.system.activationScripts.${name} or ""}
    '') config.system.activationOrder}
    ln -sfn "$systemConfig" /run/current-system
    exit $status
  '';
}
