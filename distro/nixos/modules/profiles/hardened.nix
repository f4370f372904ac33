# Fewer ways in, for less speed and comfort: parameters of the kernel, and old or rare modules that are never loaded by themselves.
{ lib, options, ... }:

let
  # Options of other modules, where there are any.
  security = lib.mapAttrs (_: lib.mkDefault) (
    builtins.intersectAttrs options.security {
      lockKernelModules = true;
      protectKernelImage = true;
      allowSimultaneousMultithreading = false;
      forcePageTableIsolation = true;
      unprivilegedUsernsClone = false;
    }
  );
in
{
  inherit security;

  boot.kernelParams =
    [
      "slab_nomerge"
      "init_on_alloc=1"
      "init_on_free=1"
      "page_alloc.shuffle=1"
      "debugfs=off"
      "kvm-intel.vmentry_l1d_flush=always"
    ]
    ++ lib.optional (!(security ? allowSimultaneousMultithreading)) "nosmt"
    ++ lib.optional (!(security ? forcePageTableIsolation)) "pti=on";

  boot.blacklistedKernelModules = [
    # Protocols.
    "ax25"
    "netrom"
    "rose"
    # File systems.
    "adfs"
    "affs"
    "bfs"
    "befs"
    "cramfs"
    "efs"
    "erofs"
    "exofs"
    "freevxfs"
    "f2fs"
    "hfs"
    "hpfs"
    "jfs"
    "minix"
    "nilfs2"
    "ntfs"
    "omfs"
    "qnx4"
    "qnx6"
    "sysv"
    "ufs"
  ];

  boot.kernel.sysctl = lib.mapAttrs (_: lib.mkDefault) (
    {
      "kernel.yama.ptrace_scope" = 1;
      "kernel.kptr_restrict" = 2;
      "net.core.bpf_jit_enable" = false;
      "kernel.ftrace_enabled" = false;
      "net.ipv4.conf.all.log_martians" = true;
      "net.ipv4.conf.all.rp_filter" = "1";
      "net.ipv4.conf.default.log_martians" = true;
      "net.ipv4.conf.default.rp_filter" = "1";
      "net.ipv4.icmp_echo_ignore_broadcasts" = true;
      "net.ipv4.conf.all.accept_redirects" = false;
      "net.ipv4.conf.all.secure_redirects" = false;
      "net.ipv4.conf.default.accept_redirects" = false;
      "net.ipv4.conf.default.secure_redirects" = false;
      "net.ipv6.conf.all.accept_redirects" = false;
      "net.ipv6.conf.default.accept_redirects" = false;
      "net.ipv4.conf.all.send_redirects" = false;
      "net.ipv4.conf.default.send_redirects" = false;
    }
    // lib.optionalAttrs (!(security ? protectKernelImage)) { "kernel.kexec_load_disabled" = 1; }
    // lib.optionalAttrs (!(security ? unprivilegedUsernsClone)) {
      "kernel.unprivileged_userns_clone" = 0;
    }
  );
}
