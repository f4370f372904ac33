map builtins.functionArgs [ ({ a, b ? 1, ... }: a) (x: x) ({ }: 1) ({ z, a }@args: z) ]
