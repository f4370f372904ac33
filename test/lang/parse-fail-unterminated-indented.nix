{ a = ''abc'
}
