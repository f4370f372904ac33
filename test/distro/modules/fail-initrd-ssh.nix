# An SSH server in the initrd that nobody could use.
(import ./system.inc {
  boot.initrd.network = {
    postCommands = "true";
    flushBeforeStage2 = true;
    ssh.enable = true;
  };
  services.lvm.boot.vdo.enable = true;
  services.lvm.dmeventd.enable = true;
}).checked
