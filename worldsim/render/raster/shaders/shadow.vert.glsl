// Depth seen from the light.
#ifdef SKIN
in vec3 in_position;  // m, relative to the eye
#else
in vec3 in_position;
in vec4 at_turn;
in vec3 at_origin;
in vec3 at_size;
#endif
uniform mat4 world_to_light;  // of places relative to the eye

void main() {
#ifdef SKIN
    gl_Position = world_to_light * vec4(in_position, 1.0);
#else
    gl_Position = world_to_light * vec4(turned(at_turn, in_position * at_size) + at_origin, 1.0);
#endif
}
