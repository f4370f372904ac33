# Tools that look into the kernel with BPF.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.programs.bcc.enable =
    lib.mkEnableOption "the tools of BCC, which Debian calls NAME-bpfcc (`execsnoop-bpfcc`)";

  config = lib.mkIf config.programs.bcc.enable {
    environment.systemPackages = [ pkgs.bcc ];
  };
}
