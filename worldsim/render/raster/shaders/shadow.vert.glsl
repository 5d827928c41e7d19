// Depth seen from the light.
in vec3 in_position;
in vec3 at_x;
in vec3 at_y;
in vec3 at_z;
in vec3 at_origin;
in vec3 at_size;
uniform mat4 world_to_light;

void main() {
    gl_Position = world_to_light * vec4(mat3(at_x, at_y, at_z) * (in_position * at_size) + at_origin, 1.0);
}
