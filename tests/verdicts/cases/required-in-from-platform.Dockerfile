FROM --platform=${X:?platform} alpine
