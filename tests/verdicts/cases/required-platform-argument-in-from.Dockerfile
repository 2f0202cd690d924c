FROM --platform=${BUILDPLATFORM:?} alpine
