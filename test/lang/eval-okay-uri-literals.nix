[ http://example.org/x?y=1&z=2 mailto:a@b x:y ]
