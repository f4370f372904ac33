{ a = "abc
}
