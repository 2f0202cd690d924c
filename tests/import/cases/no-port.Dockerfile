FROM python:3.12-alpine
RUN apk add --no-cache gcc musl-dev ffmpeg
WORKDIR /app
ADD https://example.org/model.bin /app/model.bin
ADD . /app
RUN pip install --extra-index-url https://pypi.example.org/simple requests
SHELL ["/bin/ash", "-c"]
USER root
CMD python main.py
