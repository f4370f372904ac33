builtins.convertHash { hash = "s!ha1-tlifxqsNyCzxIJnRwtQKuZToQQw="; toHashFormat = "sri"; }
