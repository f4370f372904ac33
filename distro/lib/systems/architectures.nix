# GCC's names of processors (-march): what they can do, and whose programs they run.
{ lib }:

let
  inherit (builtins) concatMap elem listToAttrs mapAttrs;

  # Each level has what the one before it has.
  sse = [ "sse3" "ssse3" "sse4_1" "sse4_2" ];
  avx2 = sse ++ [ "avx" "avx2" "fma" ];
  avx512 = sse ++ [ "avx" "avx2" "avx512" "fma" ];
  intel = sse ++ [ "aes" "avx" "avx2" "fma" ];
  intel512 = sse ++ [ "aes" "avx" "avx2" "avx512" "fma" ];
  bulldozer = sse ++ [ "sse4a" "aes" "avx" "fma" "fma4" ];
  zen = sse ++ [ "sse4a" "aes" "avx" "avx2" "fma" ];
  zen512 = sse ++ [ "sse4a" "aes" "avx" "avx2" "avx512" "fma" ];

  same = value: names: lib.genAttrs names (_: value);

  # Directly: the programs of these, and of those whose programs they run, run on it.
  runs =
    {
      x86-64-v2 = [ "x86-64" ];
      x86-64-v3 = [ "x86-64-v2" ];
      x86-64-v4 = [ "x86-64-v3" ];

      nehalem = [ "x86-64-v2" ];
      westmere = [ "nehalem" ];
      sandybridge = [ "westmere" ];
      ivybridge = [ "sandybridge" ];
      haswell = [ "ivybridge" "x86-64-v3" ];
      broadwell = [ "haswell" ];
      skylake = [ "broadwell" ];
      skylake-avx512 = [ "skylake" "x86-64-v4" ];
      cannonlake = [ "skylake-avx512" ];
      icelake-client = [ "cannonlake" ];
      icelake-server = [ "icelake-client" ];
      cascadelake = [ "cannonlake" ];
      cooperlake = [ "cascadelake" ];
      tigerlake = [ "icelake-server" ];
      sapphirerapids = [ "tigerlake" ];
      emeraldrapids = [ "sapphirerapids" ];
      rocketlake = [ "x86-64-v4" ];
      alderlake = [ "skylake" ];
      sierraforest = [ "alderlake" ];

      btver1 = [ "x86-64" ];
      btver2 = [ "x86-64-v2" ];
      bdver1 = [ "x86-64-v2" ];
      bdver2 = [ "x86-64-v2" ];
      bdver3 = [ "x86-64-v2" ];
      bdver4 = [ "x86-64-v3" ];
      znver1 = [ "skylake" ];
      znver2 = [ "znver1" ];
      znver3 = [ "znver2" ];
      znver4 = [ "znver3" "x86-64-v4" ];
      znver5 = [ "znver4" ];

      "armv8.1-a" = [ "armv8-a" ];
      "armv8.2-a" = [ "armv8.1-a" ];
      "armv8.3-a" = [ "armv8.2-a" ];
      "armv8.4-a" = [ "armv8.3-a" ];
      "armv8.5-a" = [ "armv8.4-a" ];
      "armv8.6-a" = [ "armv8.5-a" ];
      "armv8.7-a" = [ "armv8.6-a" ];
      "armv8.8-a" = [ "armv8.7-a" ];
      "armv8.9-a" = [ "armv8.8-a" ];
      armv9-a = [ "armv8.5-a" ];
      "armv9.1-a" = [ "armv9-a" "armv8.6-a" ];
      "armv9.2-a" = [ "armv9.1-a" "armv8.7-a" ];
      "armv9.3-a" = [ "armv9.2-a" "armv8.8-a" ];
      "armv9.4-a" = [ "armv9.3-a" ];

      cortex-a53 = [ "armv8-a" ];
      cortex-a72 = [ "armv8-a" ];
      cortex-a55 = [ "armv8.2-a" "cortex-a53" "cortex-a72" ];
      cortex-a76 = [ "armv8.2-a" "cortex-a53" "cortex-a72" ];
      ampere1 = [ "armv8.6-a" "cortex-a55" "cortex-a76" ];
      ampere1a = [ "ampere1" ];
      ampere1b = [ "ampere1a" ];

      "la64v1.0" = [ "loongarch64" ];
      "la64v1.1" = [ "la64v1.0" ];
      la464 = [ "la64v1.0" ];
      la664 = [ "la464" "la64v1.1" ];
    }
    // same
      [ ]
      [
        "default"
        "x86-64"
        "armv8-a"
        "loongarch64"
        "armv5te"
        "armv6"
        "armv7-a"
        "mips32"
        "loongson2f"
      ];

  has = feature: arch: elem feature (features.${arch} or [ ]);

  features =
    same [ ] [ "default" "x86-64" "armv5te" "armv6" "armv7-a" "armv8-a" "mips32" "loongson2f" ]
    // same sse [ "x86-64-v2" "nehalem" "westmere" "silvermont" "btver1" ]
    // same (sse ++ [ "avx" ]) [ "sandybridge" "ivybridge" ]
    // same avx2 [ "x86-64-v3" "haswell" "broadwell" ]
    // same avx512 [ "x86-64-v4" ]
    // same intel [ "skylake" "alderlake" "sierraforest" ]
    // same intel512 [
      "skylake-avx512"
      "cannonlake"
      "icelake-client"
      "icelake-server"
      "rocketlake"
      "cascadelake"
      "cooperlake"
      "tigerlake"
      "sapphirerapids"
      "emeraldrapids"
    ]
    // same (sse ++ [ "aes" "avx" ]) [ "btver2" ]
    // same bulldozer [ "bdver1" "bdver2" "bdver3" ]
    // { bdver4 = sse ++ [ "sse4a" "aes" "avx" "avx2" "fma" "fma4" ]; }
    // same zen [ "znver1" "znver2" "znver3" ]
    // same zen512 [ "znver4" "znver5" ]
    // (
      let
        lsx = [ "fpu64" "lsx" ];
        second = [ "div32" "frecipe" "lam-bh" "lamcas" "ld-seq-sa" ];
      in
      {
        loongarch64 = [ "fpu64" ];
        "la64v1.0" = lsx;
        "la64v1.1" = lsx ++ second;
        la464 = lsx ++ [ "lasx" ];
        la664 = lsx ++ [ "lasx" ] ++ second;
      }
    );

  inferiors = mapAttrs (
    _: direct: lib.unique (direct ++ concatMap (arch: inferiors.${arch}) direct)
  ) runs;
in
rec {
  inherit features inferiors;

  /* Whether the first runs all programs of the second, which is another. */
  hasInferior = arch: other: inferiors ? ${arch} && elem other inferiors.${arch};

  canExecute = arch: other: arch == other || hasInferior arch other;

  predicates =
    {
      sse4_aSupport = has "sse4a";
    }
    // listToAttrs (
      map
        (feature: {
          name = "${feature}Support";
          value = has feature;
        })
        [
          "sse3"
          "ssse3"
          "sse4_1"
          "sse4_2"
          "avx"
          "avx2"
          "avx512"
          "aes"
          "fma"
          "fma4"
          "lsx"
          "lasx"
        ]
    );
}
