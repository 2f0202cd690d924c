ARG X
FROM ${X:?image}
# build-arg X=alpine
