# Firmware under nixpkgs' names: Debian's component non-free-firmware, whose index is read when one of these is used.
{
  lib,
  self,
  components,
}:

let
  inherit (import ./combine.nix {
    inherit lib;
    self = self // {
      debianPackages = self.debianPackages // components.packages;
    };
    archive = self.debianArchive.allComponents or self.debianArchive;
  })
    combine
    ;
  # Checks that the lock has the component.
  from =
    attr: names:
    builtins.seq (components.get attr (lib.removeSuffix "?" (builtins.head names))) (
      combine attr names { }
    );

  # An archive that the kernel reads before the initrd, as nixpkgs' packages of these names have it.
  microcode =
    attr: package: vendor:
    self.builtinDerivation "microcode" {
      name = "${attr}-${builtins.replaceStrings [ "~" ] [ "_" ] (components.get attr package).version}";
      package = "${(components.get attr package).deb}";
      inherit vendor;
      inherit (components.get attr package) meta;
      passthru = { inherit (components.get attr package) version; };
    };
in
{
  microcode-intel = microcode "microcode-intel" "intel-microcode" "intel";
  microcode-amd = microcode "microcode-amd" "amd64-microcode" "amd";
  microcodeIntel = self.microcode-intel;
  microcodeAmd = self.microcode-amd;

  # Without that of processors of other architectures (qcom-soc).
  linux-firmware = from "linux-firmware" [
    "firmware-misc-nonfree"
    "firmware-linux-free"
    "firmware-amd-graphics"
    "firmware-atheros"
    "firmware-bnx2"
    "firmware-bnx2x"
    "firmware-brcm80211"
    "firmware-cavium"
    "firmware-cirrus?"
    "firmware-intel-graphics?"
    "firmware-intel-misc?"
    "firmware-intel-sound"
    "firmware-iwlwifi"
    "firmware-libertas"
    "firmware-marvell-prestera?"
    "firmware-mediatek?"
    "firmware-myricom"
    "firmware-netronome"
    "firmware-netxen"
    "firmware-nvidia-graphics?"
    "firmware-qlogic"
    "firmware-realtek"
    "firmware-samsung"
    "firmware-siano"
    "firmware-ti-connectivity"
  ];
  sof-firmware = from "sof-firmware" [ "firmware-sof-signed" ];
  intel2200BGFirmware = self.ipw2200-firmware;
  ipw2200-firmware = from "ipw2200-firmware" [ "firmware-ipw2x00" ];
  zd1211fw = from "zd1211fw" [ "firmware-zd1211" ];
  rtl8192su-firmware = from "rtl8192su-firmware" [ "firmware-realtek" ];
  rtl8761b-firmware = from "rtl8761b-firmware" [ "firmware-realtek" ];
  rt5677-firmware = from "rt5677-firmware" [ "firmware-misc-nonfree" ];
  raspberrypiWirelessFirmware = from "raspberrypiWirelessFirmware" [ "firmware-brcm80211" ];
}
