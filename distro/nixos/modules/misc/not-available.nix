# Options of NixOS for parts of a system that this distribution makes in another way, and that no module here has a place for.
{ lib, ... }:

let
  inherit (lib) types;
  refused = why: path: type: default: {
    path = lib.splitString "." path;
    inherit type default why;
    refused = true;
  };
  inert = why: path: type: default: {
    path = lib.splitString "." path;
    inherit type default why;
  };
  inInitrd = what: refused "the initrd has no ${what}";
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      (inInitrd "GnuPG" "boot.initrd.luks.gpgSupport" types.bool false)
      (inInitrd "programs for YubiKeys" "boot.initrd.luks.yubikeySupport" types.bool false)
      (inInitrd "fido2luks" "boot.initrd.luks.fido2Support" types.bool false)
      (inert
        "systemd tries a passphrase that was typed at the other devices, too"
        "boot.initrd.luks.reusePassphrases"
        types.bool
        true
      )
      (inert
        "the initrd has no drivers of FireWire"
        "boot.initrd.luks.mitigateDMAAttacks"
        types.bool
        true
      )
      (refused "the initrd resumes no hibernated system" "boot.resumeDevice" types.str "")
      (refused
        "no Open vSwitch is configured. Use networking.bridges"
        "networking.vswitches"
        (types.attrsOf types.anything)
        { }
      )
      (refused
        "networkd makes no further interfaces of a wireless card. Use systemd.network.netdevs"
        "networking.wlanInterfaces"
        (types.attrsOf types.anything)
        { }
      )
      (refused
        "networkd has the window of a route in systemd.network.networks.<name>.routes"
        "networking.defaultGatewayWindowSize"
        (types.nullOr types.int)
        null
      )
      (inert "the size is systemd's own" "boot.devSize" types.str "5%")
      (inert
        "a unit that needs another size sets it: fileSystems.\"/dev/shm\".options"
        "boot.devShmSize"
        types.str
        "50%"
      )
      (inert "the size is systemd's own" "boot.runSize" types.str "25%")
      (refused
        "systemd-shutdown runs what packages have in /usr/lib/systemd/system-shutdown. Use a service with ExecStop"
        "systemd.shutdown"
        (types.attrsOf types.path)
        { }
      )
      (inert "an initrd checks what it mounts" "boot.initrd.checkJournalingFS" types.bool true)
      (inert
        "consoles beside those with a login prompt need no preparation"
        "console.extraTTYs"
        (types.listOf types.str)
        [ ]
      )
      (inert
        "Debian has no manual of NixOS"
        "documentation.nixos.includeAllModules"
        types.bool
        false
      )
      (inert
        "Debian has no manual of NixOS"
        "documentation.nixos.extraModuleSources"
        (types.listOf types.anything)
        [ ]
      )
    ])
  ];
}
