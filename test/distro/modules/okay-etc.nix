let
  system = import ./system.inc ({ lib, pkgs, ... }: {
    fileSystems."/data" = { label = "data"; fsType = "ext4"; options = [ "noatime" "nofail" ]; autoResize = true; };
    fileSystems."/mnt/with space" = { device = "tmpfs"; fsType = "tmpfs"; };
    fileSystems."/" = { device = "/dev/disk/by-label/nixos"; fsType = "ext4"; autoResize = true; };
    swapDevices = [ { device = "/swapfile"; size = 512; } { label = "swap"; priority = 3; } ];
    boot.kernel.sysctl = { "vm.swappiness" = 60; "net.ipv4.ip_forward" = true; "kernel.sysrq" = null;
      "fs.inotify.max_user_watches" = lib.mkForce 10; };
    boot.blacklistedKernelModules = [ "floppy" ];
    boot.kernelModules = [ "loop" ];
    environment.variables = { EDITOR = "vi"; LIST = [ "a" "b" ]; GONE = null; QUOTE = "say \"x\""; };
    environment.sessionVariables.SESSION = "1";
    environment.shellAliases = { ll = "ls -lh"; l = null; };
    environment.etc."a/b" = { text = "one"; mode = "0600"; user = "root"; };
    environment.etc."renamed" = { target = "new-name"; source = "/run/somewhere"; };
    environment.etc."off" = { text = ""; enable = false; };
    security.sudo.wheelNeedsPassword = false;
    security.sudo.extraRules = [{ users = [ "tarn" ]; commands = [{ command = "/bin/true"; options = [ "NOPASSWD" ]; }]; }];
    security.pam.loginLimits = [{ domain = "*"; item = "nofile"; value = 4096; }];
    time.timeZone = "Europe/Berlin";
    users.motd = "Hello\n";
    services.cron.systemCronJobs = [ "@daily root true" ];
    users.users.tarn = { isNormalUser = true; openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA x" ]; };
    services.openssh = { enable = true; ports = [ 22 2222 ];
      settings = { PermitRootLogin = "no"; AllowUsers = [ "tarn" ]; Ciphers = [ "a" "b" ]; }; };
    boot.loader.timeout = 3;
    boot.kernelParams = [ "console=ttyS0,9600" "with=\"a b\"" ];
  });
  inherit (system) config lib;
  entries = config.system.build.etc.entries;
in
{
  etc = system.etc [ "fstab" "sysctl.d/60-nixos.conf" "modprobe.d/nixos.conf" "modules-load.d/nixos.conf" "set-environment"
    "bashrc" "sudoers" "security/limits.d/50-nixos.conf" "pam.d/common-auth" "pam.d/common-session" "timezone" "motd"
    "crontab" "ssh/sshd_config" "ssh/authorized_keys.d/tarn" "security/pam_env.conf" "nsswitch.conf" "issue" "locale.conf" ];
  tree = map (e: removeAttrs e [ "text" ])
    (lib.filter (e: lib.elem e.path [ "copies/a/b" "etc/new-name" "etc/off" "copies/sudoers" "etc/localtime" ]) entries);
  copies = (lib.findFirst (e: e.path == "copies.list") null entries).text;
  grow = config.boot.growPartition;
  mkswap = config.systemd.services.mkswap-swapfile.wantedBy;
  params = config.boot.kernelParams;
  checked = system.checked;
}
