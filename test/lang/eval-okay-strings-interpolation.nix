let x = "X"; s = { a = "A"; }; n = 5; in [
  "${x}" "a${x}b${s.a}c" "${"nested ${"deep ${x}"}"}" "${toString n}" "${x}${x}" "$${x}" "$$${x}" "\${x}" "${"}"}"
    "${ { a = "}"; }.a }" "a${/* c */ x # comment
  }b"
]
