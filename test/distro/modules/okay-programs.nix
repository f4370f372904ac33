# Programs for people at a terminal: their files in /etc. Definitions of git's settings are sets and lists.
let
  system = import ./system.inc ({ lib, ... }: {
    programs.git = {
      enable = true;
      config = lib.mkMerge [ { init.defaultBranch = "main"; } [ { include.path = "/a"; } { include.path = "/b"; } ] { user.name = "A"; } ];
      lfs.enable = true;
    };
    programs.tmux = {
      enable = true; keyMode = "vi"; customPaneNavigationAndResize = true; shortcut = "a"; newSession = true;
      extraConfig = "set -g mouse on\n";
    };
    programs.less = { commands.h = "noaction 5\\e("; envVariables.LESS = "-R"; };
    programs.htop = { enable = true; settings = { hide_kernel_threads = true; fields = [ 0 48 ]; }; };
    programs.mosh.enable = true;
    programs.fuse.userAllowOther = true;
    programs.msmtp = {
      enable = true;
      defaults.port = 587;
      accounts.default = { host = "smtp.example.org"; auth = true; passwordeval = "cat /run/secret"; };
    };
    programs.gnupg.agent = {
      enable = true;
      pinentryPackage = null;
      enableSSHSupport = true;
      settings = { default-cache-ttl = 600; no-grab = true; };
    };
    security.audit = { enable = "lock"; rules = [ "-a exit,always -F arch=b64 -S execve" ]; };
    security.protectKernelImage = true;
    security.allowSimultaneousMultithreading = false;
    hardware.ksm = { enable = true; sleep = 20; };
  });
  inherit (system) config;
  text = name: config.environment.etc.${name}.text;
in
{
  git = text "gitconfig";
  tmux = text "tmux.conf";
  htop = text "htoprc";
  fuse = text "fuse.conf";
  msmtp = text "msmtprc";
  gnupg = text "gnupg/gpg-agent.conf";
  sockets = builtins.attrNames config.systemd.user.sockets;
  inherit (config.networking.firewall) allowedUDPPortRanges;
  parameters = builtins.filter (p: builtins.elem p [ "nosmt" "nohibernate" "audit=1" ]) config.boot.kernelParams;
  ksm = config.systemd.services.enable-ksm.script;
}
