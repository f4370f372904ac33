# The shell function `normaliseVhdFooter FILE', which nixpkgs has for commands in `postVM': gives a VHD the time of SOURCE_DATE_EPOCH and
# the UUID rootGPUID. By Microsoft's "Virtual Hard Disk Image Format Specification": the last 512 bytes are the footer, of which a
# dynamic disk has a copy at its start. Seconds count from 2000; the checksum is the complement of the sum of all other bytes.
{ lib, rootGPUID }:

''
  normaliseVhdFooter() {
    local file=$1 end at hex stamp sum i
    end=$(($(stat -c %s "$file") - 512))
    stamp=$((SOURCE_DATE_EPOCH > 946684800 ? SOURCE_DATE_EPOCH - 946684800 : 0))
    for at in "$end" 0; do
      hex=$(od -An -v -tx1 -j "$at" -N 512 "$file" | tr -d ' \n')
      case $hex in
        636f6e6563746978*) ;;
        *)
          if [ "$at" = 0 ]; then continue; fi
          echo "normaliseVhdFooter: $file has no VHD footer" >&2
          return 1
          ;;
      esac
      hex=''${hex:0:48}$(printf %08x "$stamp")''${hex:56:72}00000000${lib.toLower (lib.replaceStrings [ "-" ] [ "" ] rootGPUID)}''${hex:168}
      sum=0
      for ((i = 0; i < 1024; i += 2)); do sum=$((sum + 0x''${hex:i:2})); done
      hex=''${hex:0:128}$(printf %08x $((~sum & 0xffffffff)))''${hex:136}
      printf "$(echo "$hex" | sed 's/../\\x&/g')" | dd of="$file" bs=512 seek="$at" oflag=seek_bytes conv=notrunc status=none
    done
  }
''
