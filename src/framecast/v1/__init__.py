"""The generated messages and stubs of `proto/framecast/v1`: `make proto` writes all other modules of this package.

from framecast.v1 import media_pb2, streams_pb2, streams_pb2_grpc
"""
