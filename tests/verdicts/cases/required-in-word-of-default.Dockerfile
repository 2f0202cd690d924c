FROM scratch
ENV A=1
USER ${A:-${X:?who}}
