FROM scratch
ADD --unpack=false a.tar /a
