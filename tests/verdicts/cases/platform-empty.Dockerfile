FROM --platform= alpine
