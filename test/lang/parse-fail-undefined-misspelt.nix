let value = 1; in vlaue
