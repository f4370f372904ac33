[
  ''''
  ''  one''
  ''
    two
      three
    four
  ''
  ''
    a

    b
  ''
  ''   x
    y
   z''
  ''
      trailing   
    ''
  ''	tab
  	tab two''
]
