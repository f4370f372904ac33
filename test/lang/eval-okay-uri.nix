[ http://example.org/foo?bar=1&x=%20 mailto:a@b.c x:x git+https://h/p.git ]
