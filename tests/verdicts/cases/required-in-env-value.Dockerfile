FROM scratch
ENV A=${X:?env}
