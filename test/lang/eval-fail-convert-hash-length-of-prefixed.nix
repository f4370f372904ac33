builtins.convertHash { hash = "sha256:U1+jDX4l3YpJ8VNneXNOyChhCNEV2l0BF1387QYXY95A="; toHashFormat = "nix32"; }
