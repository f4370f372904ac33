throw "ours is used instead"
