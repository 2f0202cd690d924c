module example.org/web

go 1.24

require example.org/words v0.0.0

replace example.org/words => ../words
