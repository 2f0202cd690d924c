FROM scratch
ENV A=<<EOF
