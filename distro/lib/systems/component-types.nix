# Types of the parts of a system: open ones say what must be known, closed ones which are known.
{ lib, components }:

let
  inherit (builtins) all attrValues;
  inherit (lib.types) enum;

  open =
    name: description: check:
    lib.mkOptionType {
      inherit name description check;
      merge = lib.mergeOneOption;
    };
  any = _: true;
  closed = table: enum (attrValues table);
in
rec {
  openSignificantByte = open "significant-byte" "Endianness" any;
  significantByte = closed components.significantBytes;

  bitWidth = enum [ 8 16 32 64 128 ];

  openCpuType = open "cpu-type" "instruction set architecture name and information" (
    cpu:
    bitWidth.check cpu.bits
    && (
      if cpu.bits > 8 then significantByte.check cpu.significantByte else !(cpu ? significantByte)
    )
  );
  cpuType = closed components.cpuTypes;

  openVendor = open "vendor" "vendor for the platform" any;
  vendor = closed components.vendors;

  openExecFormat = open "exec-format" "executable container used by the kernel" any;
  execFormat = closed components.execFormats;

  openKernelFamily = open "exec-format" "executable container used by the kernel" any;
  kernelFamily = closed components.kernelFamilies;

  openKernel = open "kernel" "kernel name and information" (
    kernel:
    execFormat.check kernel.execFormat && all kernelFamily.check (attrValues kernel.families)
  );
  kernel = closed components.kernels;

  openAbi = open "abi" "binary interface for compiled code and syscalls" any;
  # Functions within are never equal: by name.
  abi = lib.mkOptionType {
    name = "enum";
    check =
      x:
      components.abis ? ${x.name or ""}
      && builtins.removeAttrs components.abis.${x.name} [ "assertions" ]
        == builtins.removeAttrs x [ "assertions" ];
    merge = lib.mergeOneOption;
  };

  parsedPlatform = lib.mkOptionType {
    name = "system";
    description = "fully parsed representation of llvm- or nix-style platform tuple";
    check =
      parts:
      cpuType.check parts.cpu
      && vendor.check parts.vendor
      && kernel.check parts.kernel
      && abi.check parts.abi;
    merge = lib.mergeOneOption;
  };
}
