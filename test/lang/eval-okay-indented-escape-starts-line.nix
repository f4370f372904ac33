# An escape or interpolation counts as text where it begins a line.
[
  ''
      ''\tfoo
    bar
  ''
  ''
      ''${foo}
    bar
  ''
  ''
    ''\n   deep
  ''
  ''
     $
    x
  ''
  ''
      '
    x
  ''
]
