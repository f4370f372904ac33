[ ] || true
