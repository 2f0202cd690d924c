	FROM	scratch	AS	a
	USER	1
