//! Reading any Dockerfile as `BuildKit` does.
