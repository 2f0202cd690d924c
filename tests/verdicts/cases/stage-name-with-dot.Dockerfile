FROM scratch AS a.b-c_d
