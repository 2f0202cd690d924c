"""A gRPC server with the health service of grpcio-health-checking; prints its port, and ends with its input."""

import sys
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
if "without-health" not in sys.argv:
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    servicer.set("shop.Cart", health_pb2.HealthCheckResponse.SERVING)
    servicer.set("shop.Down", health_pb2.HealthCheckResponse.NOT_SERVING)
    servicer.set("shop.New", health_pb2.HealthCheckResponse.UNKNOWN)
address = "[::1]:0" if "ipv6" in sys.argv else "127.0.0.1:0"
print(server.add_insecure_port(address), flush=True)
server.start()
sys.stdin.read()
