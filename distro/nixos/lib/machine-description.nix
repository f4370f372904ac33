# The machine that a configuration describes, as plain data: an attribute of an image beside its derivation, so that another amount of
# memory is the same image. src/vm/machine-options.ts reads it. A configuration of nixpkgs may lack any of the options.
{ lib }:

let
  text = import ./formats/text.nix { inherit lib; };
  mountPoint =
    tag:
    text.line {
      option = lib.showOption [ "virtualisation" "sharedDirectories" tag "target" ];
      file = "/etc/fstab";
    };
in
rec {
  /* The words of an argument, or null where a shell would not take it as it is. */
  wordsOf =
    text:
    if builtins.match ''.*["'$`\\].*'' text == null then
      builtins.filter (word: word != "") (lib.splitString " " text)
    else
      null;

  forwardsOf = map (f: {
    protocol = f.proto;
    address = if f.host.address == "" then "0.0.0.0" else f.host.address;
    host = f.host.port;
    guest = f.guest.port;
  });

  disksOf = map (
    disk:
    if builtins.isInt disk then
      { size = disk; }
    else
      { inherit (disk) size; }
      // lib.optionalAttrs (disk.driveConfig.deviceExtraOpts ? serial) {
        inherit (disk.driveConfig.deviceExtraOpts) serial;
      }
  );

  sharesOf = lib.mapAttrsToList (tag: share: {
    inherit tag;
    inherit (share) source target readOnly;
  });

  /* What mounts `virtualisation.sharedDirectories` in the guest, as `fileSystems`. */
  shareMounts = lib.mapAttrs' (
    tag: share:
    lib.nameValuePair (mountPoint tag share.target) {
      device = tag;
      fsType = "virtiofs";
      options = [ "nofail" ] ++ lib.optional share.readOnly "ro";
    }
  );

  /*
    `own`: of this distribution. On NixOS, some of the options have values that are for its own script only, which cannot be distinguished
    from what the user asks for.
  */
  machineDescription =
    {
      config,
      own ? true,
    }:
    let
      cfg = config.virtualisation or { };
    in
    {
      schema = 1;
      memory = cfg.memorySize or null;
      cores = cfg.cores or null;
      diskSize = if builtins.isInt (cfg.diskSize or null) then cfg.diskSize else null;
      disks = disksOf (cfg.emptyDiskImages or [ ]);
      forwards = forwardsOf (builtins.filter (f: f.from == "host") (cfg.forwardPorts or [ ]));
      restrictNetwork = cfg.restrictNetwork or false;
      # On NixOS the firmware has no keys, and so starts everything at first.
      firmware =
        if own && cfg.useSecureBoot or false then
          "secure-boot"
        else if cfg.useEFIBoot or false then
          "uefi"
        else
          null;
      # NixOS mounts its own by 9p.
      shares = lib.optionals own (sharesOf (cfg.sharedDirectories or { }));
      # On NixOS it is true unless it is set.
      graphics = own && cfg.graphics or false;
      resolution =
        if own && cfg.resolution or null != null then { inherit (cfg.resolution) x y; } else null;
      tpm = cfg.tpm.enable or false;
      qemuArguments = lib.optionals own (builtins.concatMap wordsOf (cfg.qemu.options or [ ]));
      deploy =
        if config ? bootflake.deploy then
          { inherit (config.bootflake.deploy) host name timeout check url autostart; }
        else
          null;
    };
}
