module shop/gate

go 1.26
