FROM --platform=arm64 alpine
