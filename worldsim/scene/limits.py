"""What a scene may ask for at most. Every refusal that comes from here names the limit and what was found."""

from __future__ import annotations

MAX_FILE_BYTES = 1 << 20  # of one YAML file
MAX_NODES = 200_000  # keys and values of one file, aliases written out: a bomb of aliases ends here
MAX_DEPTH = 40  # of nested lists and maps
MAX_INCLUDES = 64  # files of one scene, prefabs included
MAX_PREFAB_DEPTH = 8  # a prefab in a prefab in a prefab …
MAX_BODIES = 5_000  # dynamic and static, after every repeat
MAX_JOINTS = 5_000
MAX_GEOMS = 20_000  # shapes of all bodies
MAX_PARTS = 200  # shapes of one object
MAX_ACTORS = 64
MAX_MESH_BYTES = 20 << 20
MAX_MESH_VERTICES = 200_000
MAX_COORDINATE = 10_000.0  # m from the origin
MAX_LENGTH = 10_000.0  # m, of anything that has a size
MIN_LENGTH = 1e-4  # m: Bullet's collision margins make nonsense of anything smaller
MAX_MASS = 1e6  # kg
MIN_MASS = 1e-6  # kg
MAX_SPEED = 1_000.0  # m/s
MAX_SPIN_DEG = 360_000.0  # degrees/s
MAX_STEP_RATE = 2_000  # Hz
MAX_GRAVITY = 1_000.0  # m/s²
MAX_EXPRESSION = 200  # characters of one ${…}
