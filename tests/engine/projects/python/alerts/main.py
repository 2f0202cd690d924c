"""Speaks the standard health protocol of gRPC. SIGUSR1 makes it say that it does not serve, SIGTERM ends it."""

import signal
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

SIGNALS = {signal.SIGUSR1, signal.SIGTERM}

# The threads of the server inherit the mask, so only this one takes signals.
signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
servicer = health.HealthServicer()
servicer.set("shop.Alerts", health_pb2.HealthCheckResponse.SERVING)
server = grpc.server(ThreadPoolExecutor(max_workers=2))
health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
server.add_insecure_port("0.0.0.0:50051")
server.start()
print("it serves", flush=True)
while signal.sigwait(SIGNALS) == signal.SIGUSR1:
    servicer.set("shop.Alerts", health_pb2.HealthCheckResponse.NOT_SERVING)
server.stop(None)
