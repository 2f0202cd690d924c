FROM scratch
ENV A b ${X:?env}
