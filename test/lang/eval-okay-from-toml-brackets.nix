# Newlines and commas that look like TOML 1.1's but are in strings, comments or arrays.
fromTOML "a = [ { b = \"},\" }, # {\n { c = [ 1,\n 2, ] }, ]\nd = '''{\n\\e,}'''\ne = \"\"\"{\n\\\\e,}\"\"\"\n"
