"""The reference path tracer: Blender's Cycles as a process beside worldsim (`make reference` sets it up)."""
