#!/usr/bin/env x
# syntax=docker/dockerfile:1
FROM scratch
