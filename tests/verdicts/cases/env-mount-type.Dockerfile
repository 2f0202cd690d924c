FROM scratch
ENV P=cash
RUN --mount=type=$P,target=/a true
