[ (let { x = 1; body = x + y; y = 2; }) (let { body = { a = 1; }; }) ]
