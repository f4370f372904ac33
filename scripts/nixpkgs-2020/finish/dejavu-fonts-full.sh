mv "$out"/share/fonts/truetype/dejavu/* "$out/share/fonts/truetype/"
