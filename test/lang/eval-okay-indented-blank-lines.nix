''
    a

  b
      
    c ''
