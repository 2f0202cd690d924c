FROM reg_x.io/a
