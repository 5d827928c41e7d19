// One vertex of one instance of a mesh: object space to clip space, and the coordinates of its texture.
in vec3 in_position;
in vec3 in_normal;
in float in_angle;
in vec3 in_colour;   // linear RGB; negative: the surface's own
in vec3 at_x;        // columns of the instance's rotation, then its place
in vec3 at_y;
in vec3 at_z;
in vec3 at_origin;
in vec3 at_size;
in vec4 at_colour;   // rgb, part index + 1
in vec4 at_colour2;  // rgb, texture layer
in vec4 at_surface;  // roughness, metallic, 1 / tile length, 1 / tile width
in vec4 at_detail;   // kind (0 round, 1 box, 2 cylinder, 3 cone, 4 plane), bump, macro variation, offset
uniform mat4 world_to_clip;

out vec3 object;     // m, object space
out vec3 direction;  // normal, object space
out vec2 place;      // texture coordinates in tiles (flat shapes)
out vec3 along;      // where u grows, object space
out float distance_along;
flat out mat3 turn;
flat out vec4 colour;
flat out vec4 colour2;
flat out vec4 surface;
flat out vec4 detail;
flat out vec3 extent;
out vec3 tint;

uniform vec3 eye;
uniform vec3 gaze;

void main() {
    turn = mat3(at_x, at_y, at_z);
    object = in_position * at_size;
    direction = normalize(in_normal / at_size);
    vec3 world = turn * object + at_origin;
    gl_Position = world_to_clip * vec4(world, 1.0);
    distance_along = dot(world - eye, gaze);

    int kind = int(at_detail.x + 0.5);
    vec3 n = abs(in_normal);
    vec2 uv = object.xy;
    along = vec3(1.0, 0.0, 0.0);
    if (kind == 1) {
        // The grain runs along the longer edge of each face.
        if (n.x > 0.5) {
            bool y_long = at_size.y >= at_size.z;
            uv = y_long ? object.yz : object.zy;
            along = y_long ? vec3(0.0, 1.0, 0.0) : vec3(0.0, 0.0, 1.0);
        } else if (n.y > 0.5) {
            bool x_long = at_size.x >= at_size.z;
            uv = x_long ? object.xz : object.zx;
            along = x_long ? vec3(1.0, 0.0, 0.0) : vec3(0.0, 0.0, 1.0);
        } else {
            bool x_long = at_size.x >= at_size.y;
            uv = x_long ? object.xy : object.yx;
            along = x_long ? vec3(1.0, 0.0, 0.0) : vec3(0.0, 1.0, 0.0);
        }
        uv += 0.37 * dot(sign(in_normal) * step(0.5, n), vec3(1.0, 2.0, 3.0));
    } else if ((kind == 2 || kind == 3) && n.z < 0.9) {
        uv = vec2(object.z, in_angle * at_size.x);
        along = vec3(0.0, 0.0, 1.0);
    }
    place = uv * at_surface.zw + at_detail.w * vec2(1.0, 0.618);
    colour = at_colour;
    colour2 = at_colour2;
    surface = at_surface;
    detail = at_detail;
    extent = at_size;
    tint = in_colour;
}
