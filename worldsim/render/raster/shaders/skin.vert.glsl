// One vertex of a skin, which comes already bent: where it is, and where it was at rest, for the texture.
in vec3 in_rest;        // m, rest pose
in vec3 in_rest_normal;
in vec4 in_colour;      // linear RGB, roughness
in uint in_part;        // part + 1
in vec3 in_position;    // m, relative to the eye
in vec3 in_normal;      // world
uniform mat4 eye_to_clip;
uniform uvec4 skin_code;  // as at_code of the instances; the part is the vertex's own
uniform vec2 skin_tile;
uniform vec4 skin_turn;   // of the body, quaternion xyzw

out vec4 object;
out vec3 direction;
out vec3 facing;
out vec4 tint;
flat out vec4 turn;
flat out uvec4 code;
flat out vec2 tile;

#ifdef FULL
in vec3 in_was;              // m, relative to the eye of the frame before
uniform mat4 was_to_clip;
out vec3 was;                // clip x, y, w of the frame before
#endif

void main() {
    object = vec4(in_rest, 0.0);
    direction = in_rest_normal;
    facing = in_normal;
    tint = in_colour;
    turn = skin_turn;
    code = uvec4(skin_code.xy, (skin_code.z & 0xffff0000u) | in_part, skin_code.w);
    tile = skin_tile;
    gl_Position = eye_to_clip * vec4(in_position, 1.0);
#ifdef FULL
    was = (was_to_clip * vec4(in_was, 1.0)).xyw;
#endif
}
