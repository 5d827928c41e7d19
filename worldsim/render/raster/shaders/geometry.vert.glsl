// One vertex of one instance of a mesh: object space to clip space. What a triangle carries along costs a software driver
// more than anything else here, so it is packed, and all that follows from it is worked out for each pixel.
in vec3 in_position;
in vec3 in_normal;
in float in_angle;
in vec3 in_colour;   // linear RGB; negative: the surface's own
in vec4 at_turn;     // quaternion xyzw
in vec3 at_origin;   // m, relative to the eye
in vec3 at_size;
in uvec4 at_code;    // colour and roughness; second colour and metallic; part + 1, layer, kind; bump, patches, offset
in vec2 at_tile;     // 1 / tile length, 1 / tile width
uniform mat4 eye_to_clip;

out vec4 object;     // m, object space; angle about the z axis
out vec3 direction;  // normal, object space
flat out vec4 turn;
flat out uvec4 code;
flat out vec2 tile;
#ifdef ROUND
out vec3 tint;
#else
flat out vec3 extent;
#endif

void main() {
    object = vec4(in_position * at_size, in_angle);
    direction = in_normal / at_size;
    gl_Position = eye_to_clip * vec4(turned(at_turn, object.xyz) + at_origin, 1.0);
    turn = at_turn;
    code = at_code;
    tile = at_tile;
#ifdef ROUND
    tint = in_colour;
#else
    extent = at_size;
#endif
}
