"""The program that runs inside the path tracer's own environment; see main.py. worldsim imports only `frames`."""
