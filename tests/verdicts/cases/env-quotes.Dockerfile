FROM scratch
ENV A="b c" D=e\ f G='h i'
