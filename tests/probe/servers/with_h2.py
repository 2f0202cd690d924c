"""Answers every call with SERVING by way of h2, whose headers are in Huffman's code; prints the request's headers.

Its first line is its port. It ends with its input.
"""

import socket
import sys
import threading

import h2.config
import h2.connection
import h2.events

ANSWER = b"\x00\x00\x00\x00\x02\x08\x01"


def serve(client):
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    client.sendall(connection.data_to_send())
    body = b""
    while data := client.recv(65535):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                print(sorted((name.decode(), value.decode()) for name, value in event.headers), flush=True)
            elif isinstance(event, h2.events.DataReceived):
                body += event.data
            elif isinstance(event, h2.events.StreamEnded):
                print(body.hex(), flush=True)
                stream = event.stream_id
                connection.send_headers(stream, [(":status", "200"), ("content-type", "application/grpc")])
                connection.send_data(stream, ANSWER)
                connection.send_headers(stream, [("grpc-status", "0"), ("grpc-message", "")], end_stream=True)
        client.sendall(connection.data_to_send())


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
threading.Thread(target=lambda: [serve(listener.accept()[0]) for _ in range(8)], daemon=True).start()
sys.stdin.read()
