# ZFS, which no machine has: its module would have to be compiled for Debian's kernel, and the licences forbid Debian to ship it compiled.
# What NixOS would do only on a machine with ZFS has no effect; what asks for ZFS by itself is refused.
{ lib, ... }:

let
  inherit (lib) types;
  why = "Debian's kernels have no ZFS";
  option = path: type: default: {
    inherit path type default why;
  };
  refused = path: type: default: option path type default // { refused = true; };
  zfs = name: [ "boot" "zfs" name ];
  snapshot = name: [ "services" "zfs" "autoSnapshot" name ];
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      (option (zfs "devNodes") types.path "/dev/disk/by-id")
      (option (zfs "forceImportRoot") types.bool true)
      (option (zfs "forceImportAll") types.bool false)
      (option (zfs "allowHibernation") types.bool false)
      (option
        (zfs "requestEncryptionCredentials")
        (types.either types.bool (types.listOf types.str))
        true
      )
      (option (zfs "passwordTimeout") types.int 0)
      (option (zfs "useKeyringForCredentials") types.bool false)
      (option (zfs "removeLinuxDRM") types.bool false)
      (option (zfs "package") (types.nullOr types.package) null)
      (option (zfs "modulePackage") (types.nullOr types.package) null)
      (refused (zfs "enabled") types.bool false)
      (refused (zfs "extraPools") (types.listOf types.str) [ ])
      (refused (snapshot "enable") types.bool false)
      (option (snapshot "flags") types.str "-k -p")
      (option (snapshot "frequent") types.int 4)
      (option (snapshot "hourly") types.int 24)
      (option (snapshot "daily") types.int 7)
      (option (snapshot "weekly") types.int 4)
      (option (snapshot "monthly") types.int 12)
      # On without ZFS on NixOS, too, and so it may be set.
      (option [ "services" "zfs" "trim" "enable" ] types.bool true)
      (option [ "services" "zfs" "trim" "interval" ] types.str "weekly")
      (option [ "services" "zfs" "trim" "randomizedDelaySec" ] types.str "6h")
      (refused [ "services" "zfs" "autoScrub" "enable" ] types.bool false)
      (option [ "services" "zfs" "autoScrub" "interval" ] types.str "monthly")
      (option [ "services" "zfs" "autoScrub" "randomizedDelaySec" ] types.str "6h")
      (option [ "services" "zfs" "autoScrub" "pools" ] (types.listOf types.str) [ ])
      (refused
        [ "services" "zfs" "expandOnBoot" ]
        (types.either (types.enum [ "disabled" "all" ]) (types.listOf types.str))
        "disabled"
      )
      (option [ "services" "zfs" "zed" "enableMail" ] types.bool false)
      (option [ "services" "zfs" "zed" "settings" ] (types.attrsOf types.anything) { })
      (refused [ "services" "zrepl" "enable" ] types.bool false)
      (option [ "services" "zrepl" "package" ] (types.nullOr types.package) null)
      (option [ "services" "zrepl" "settings" ] (types.attrsOf types.anything) { })
      (refused [ "services" "zfs" "autoReplication" "enable" ] types.bool false)
    ])
  ];
}
