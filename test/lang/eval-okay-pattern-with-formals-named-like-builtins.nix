({ map ? 1, import ? 2, builtins ? 3 }: [ map import builtins ]) { map = 9; }
