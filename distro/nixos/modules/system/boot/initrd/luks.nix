# Encrypted disks that the initrd opens, with a key file or a passphrase that is typed: lines of its crypttab, which systemd's generator
# turns into services.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) flag orNull;
  inherit (import ../../../../lib/formats { inherit lib; }) text;
  cfg = config.boot.initrd.luks;
  devices = lib.mapAttrsToList (
    name: d: d // { option = lib.showOption [ "boot" "initrd" "luks" "devices" name ]; }
  ) cfg.devices;

  device =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "The name of the open device in /dev/mapper.";
        };
        device = mkOption {
          type = types.str;
          example = "/dev/disk/by-uuid/430e9eff-d852-4f68-aa3b-2fa3599ebe08";
          description = "The path of the encrypted device.";
        };
        header =
          orNull
            types.str
            "The path of a file or device with the header, if it is not on the device itself.";
        keyFile = orNull types.str (
          "The path of a file in the initrd (see `boot.initrd.secrets`), or of a device, whose contents open the device. "
          + "Without one, a passphrase is asked for."
        );
        keyFileSize =
          orNull types.int "How many bytes of the key file are the key. Defaults to all.";
        keyFileOffset = orNull types.int "The number of bytes before the key in the key file.";
        keyFileTimeout =
          orNull
            types.int
            "How many seconds to wait for the device with the key file, before a passphrase is asked for.";
        tryEmptyPassphrase =
          flag false "Whether an empty passphrase is tried before one is asked for.";
        preLVM =
          flag
            true
            "No effect: a device is opened as soon as it is there, below volume groups and above them.";
        allowDiscards =
          flag
            false
            "Whether discarded blocks (TRIM) are passed on to the disk. It is then visible which blocks are in use.";
        bypassWorkqueues =
          flag
            false
            "Whether reads and writes bypass the queues of dm-crypt, which is faster on some SSDs.";
        fallbackToPassword =
          flag
            false
            "No effect: a passphrase is always asked for if the key file does not open the device.";
        crypttabExtraOpts = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "tries=3" ];
          description = "Further options of crypttab(5).";
        };
        preOpenCommands = mkOption {
          type = types.lines;
          default = "";
          description =
            "Not available: a service in `boot.initrd.systemd.services` can come before cryptsetup-pre.target.";
        };
        postOpenCommands = mkOption {
          type = types.lines;
          default = "";
          description =
            "Not available: a service in `boot.initrd.systemd.services` can come after cryptsetup.target.";
        };
        gpgCard =
          orNull
            types.anything
            "Not available: devices are opened with a key file or a passphrase.";
        yubikey =
          orNull
            types.anything
            "Not available: devices are opened with a key file or a passphrase.";
        fido2 = mkOption {
          type = types.attrsOf types.anything;
          default = { };
          description = "Not available: devices are opened with a key file or a passphrase.";
        };
      };
    };

  line =
    d:
    let
      field =
        name:
        text.word {
          option = "${d.option}.${name}";
          file = "the initrd's crypttab";
        };
      set = name: value: lib.optional (value != null) "${name}=${toString value}";
      options =
        [ "luks" ]
        ++ map (field "crypttabExtraOpts") d.crypttabExtraOpts
        ++ lib.optional d.allowDiscards "discard"
        ++ lib.optionals d.bypassWorkqueues [ "no-read-workqueue" "no-write-workqueue" ]
        ++ set "header" (if d.header == null then null else field "header" d.header)
        ++ set "keyfile-offset" d.keyFileOffset
        ++ set "keyfile-size" d.keyFileSize
        ++ lib.optional (d.keyFileTimeout != null) "keyfile-timeout=${toString d.keyFileTimeout}s"
        ++ lib.optional d.tryEmptyPassphrase "try-empty-password=true";
    in
    lib.concatStringsSep " " [
      (field "name" d.name)
      (field "device" d.device)
      (if d.keyFile == null then "-" else field "keyFile" d.keyFile)
      (lib.concatStringsSep "," options)
    ]
    + "\n";

  # A package of its own since trixie.
  packages =
    [ "cryptsetup-bin" ]
    ++ lib.optional (pkgs.debianPackages ? systemd-cryptsetup) "systemd-cryptsetup";
in
{
  options.boot.initrd = {
    luks.devices = mkOption {
      type = types.attrsOf (types.submodule device);
      default = { };
      example = { data.device = "/dev/disk/by-uuid/430e9eff-d852-4f68-aa3b-2fa3599ebe08"; };
      description =
        "Encrypted devices (LUKS) that the initrd opens, by name: file systems are on /dev/mapper/NAME.";
    };
    luks.forceLuksSupportInInitrd =
      flag false "Whether the initrd can open encrypted devices even if none is declared."
      // { internal = true; };
    luks.cryptoModules = mkOption {
      type = types.listOf types.str;
      default = [
        "aes"
        "xts"
        "cbc"
        "ecb"
        "sha1"
        "sha256"
        "sha512"
        "af_alg"
        "algif_skcipher"
        "algif_hash"
        "cryptd"
        "aesni_intel"
      ];
      description =
        "Kernel modules of ciphers that are in the initrd, as far as the kernel has them.";
    };

    secrets = mkOption {
      type = types.attrsOf (types.nullOr types.path);
      default = { };
      example = lib.literalExpression ''{ "/etc/data.key" = ./data.key; }'';
      description =
        "Files that only root can read in the initrd, by path. They are in the store, where everyone on the machine that builds can read "
        + "them, and in the image.";
    };
  };

  config = lib.mkMerge [
    {
      assertions =
        import ../../../../lib/unique-names.nix { inherit lib; } "open devices" (
          map (d: {
            inherit (d) name;
            option = "${d.option}.name";
          }) devices
        )
        ++ lib.mapAttrsToList (path: source: {
          assertion =
            source != null && lib.hasPrefix builtins.storeDir "${toString source}"
            || builtins.isPath source;
          message = "boot.initrd.secrets.\"${path}\" is ${
            if source == null then "the path of a file on the machine itself" else toString source
          }, which is not there when the image is made. Set it to a path of the flake: ./NAME.";
        }) config.boot.initrd.secrets
        ++ lib.concatMap (
          d:
          let
            inherit (d) option;
          in
          [
            {
              assertion = d.keyFile == null || lib.hasPrefix "/" d.keyFile;
              message =
                "${option}.keyFile is ${builtins.toJSON d.keyFile}, which is not an absolute path. Write the path in the initrd: "
                + "\"/etc/NAME.key\", with boot.initrd.secrets.\"/etc/NAME.key\" = ./NAME.key.";
            }
          ]
          ++ map (name: {
            assertion = d.${name} == null || d.${name} >= 0;
            message =
              "${option}.${name} is ${toString d.${name}}, and cannot be negative. Correct it.";
          }) [ "keyFileSize" "keyFileOffset" "keyFileTimeout" ]
          ++ map (name: {
            assertion = d.${name} == null || d.${name} == { };
            message =
              "${option}.${name} is not available: devices are opened with a key file or a passphrase. Remove the setting.";
          }) [ "gpgCard" "yubikey" "fido2" ]
          ++ map (name: {
            assertion = d.${name} == "";
            message = "${option}.${name} is not available: make a service of it in boot.initrd.systemd.services, ${
              if name == "preOpenCommands" then
                "before cryptsetup-pre.target"
              else
                "after cryptsetup.target"
            }.";
          }) [ "preOpenCommands" "postOpenCommands" ]
        ) devices;
      warnings = lib.concatMap (
        d:
        let
          inherit (d) option;
        in
        lib.optional
          (!d.preLVM)
          "${option}.preLVM has no effect: a device is opened as soon as it is there. Remove the setting."
        ++ lib.optional d.fallbackToPassword (
          "${option}.fallbackToPassword has no effect: a passphrase is always asked for if the key file does not open the device. "
          + "Remove the setting."
        )
      ) devices;
      boot.initrd.needsSystemd =
        map (d: d.option) devices
        ++ lib.optional cfg.forceLuksSupportInInitrd "boot.initrd.luks.forceLuksSupportInInitrd"
        ++ lib.optional (config.boot.initrd.secrets != { }) "boot.initrd.secrets";
    }
    (lib.mkIf
      (config.boot.initrd.systemd.enable && (devices != [ ] || cfg.forceLuksSupportInInitrd))
      {
        boot.initrd = {
          deviceMapper = true;
          kernelModules = [ "dm_crypt" ];
          availableKernelModules =
            map
              (text.word {
                option = "boot.initrd.luks.cryptoModules";
                file = "the initrd";
              })
              cfg.cryptoModules;
          systemd = {
            inherit packages;
            files = [
              "usr/sbin/cryptsetup"
              "usr/lib/systemd/system-generators/systemd-cryptsetup-generator"
            ];
            optionalFiles = [
              "usr/bin/systemd-cryptsetup"
              "usr/lib/systemd/systemd-cryptsetup"
              "usr/lib/x86_64-linux-gnu/libcryptsetup.so.12"
            ];
            contents."/etc/crypttab".text = lib.concatMapStrings line devices;
          };
        };
        # `cryptsetup'.
        system.basePackages = packages;
      }
    )
  ];
}
