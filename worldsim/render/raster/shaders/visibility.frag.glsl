// What each point can see, at half size: the share of the sky past its neighbours (the estimator of McGuire et al. 2011)
// and the share of the sun's disc past everything in the shadow map. FAST leaves the first out and the second's width even.
uniform usampler2D surfaces;
uniform sampler2DShadow shadow_map;
uniform sampler2D shadow_depth;   // the same map, read without comparing
uniform ivec2 size;
uniform vec3 eye;
uniform vec3 ray_corner;
uniform vec3 ray_right;
uniform vec3 ray_down;
uniform float radius;             // m, of the neighbourhood
uniform float pixels_per_m;       // at one metre
uniform vec3 sun_direction;
uniform mat4 world_to_shadow;     // x and y of the near square, −1 to 1, and depth, 0 to 1
uniform vec4 far_square;          // offset and scale from the near square's x and y to the far one's
uniform vec2 shadow_texel;        // m, of each square
uniform float penumbra;           // texels of blur a unit of depth between caster and receiver, in the near square
out vec4 found;

const int TAPS = 4;
const mat2 GOLDEN = mat2(-0.737369, 0.675490, -0.675490, -0.737369);   // a turn by the golden angle

float sunlight(vec3 position, vec3 n) {
    float facing = dot(n, sun_direction);
    float slope = sqrt(max(1.0 - facing * facing, 0.0));
    vec3 lift = n * (0.6 + 1.8 * slope);
    // The map is two squares side by side.
    vec3 p = (world_to_shadow * vec4(position + lift * shadow_texel.x, 1.0)).xyz;
    bool near = max(abs(p.x), abs(p.y)) < 0.97;
    vec3 wide = (world_to_shadow * vec4(position + lift * shadow_texel.y, 1.0)).xyz;
    p = near ? p : vec3(wide.xy * far_square.w + far_square.xy, wide.z);
    float outside = step(0.98, max(abs(p.x), abs(p.y)));
    vec2 at = p.xy * vec2(0.25, 0.5) + vec2(near ? 0.25 : 0.75, 0.5);
    vec2 texel = 1.0 / vec2(textureSize(shadow_map, 0));
    float width = 1.2;
#ifndef FAST
    // Percentage-closer soft shadows (Fernando 2005): how far are the casters, on average?
    vec4 d = vec4(textureLod(shadow_depth, at + texel * vec2(-2.0, -1.0), 0.0).r,
                  textureLod(shadow_depth, at + texel * vec2(1.0, -2.0), 0.0).r,
                  textureLod(shadow_depth, at + texel * vec2(2.0, 1.0), 0.0).r,
                  textureLod(shadow_depth, at + texel * vec2(-1.0, 2.0), 0.0).r);
    vec4 blocks = vec4(lessThan(d, vec4(p.z)));
    float gap = dot(blocks, vec4(p.z) - d) / max(dot(blocks, vec4(1.0)), 1.0);
    width = clamp(gap * penumbra * (near ? 1.0 : far_square.w), 0.9, 6.0);
#endif
    vec2 turn = vec2(0.6, 0.8) * width;
    float lit = 0.0;
    for (int i = 0; i < 4; i++) {
        lit += texture(shadow_map, vec3(at + turn * texel * sqrt((float(i) + 0.5) * 0.25), p.z));
        turn = GOLDEN * turn;
    }
    return max(lit * 0.25, outside);
}

void main() {
    ivec2 last = size - 1;
    ivec2 here = min(ivec2(gl_FragCoord.xy) * 2, last);
    uvec4 surfel = texelFetch(surfaces, here, 0);
    float depth = uintBitsToFloat(surfel.x);
    vec3 n = oct_decode(unpack16(surfel.y));
    vec3 p = (ray_corner + ray_right * (float(here.x) + 0.5) + ray_down * (float(here.y) + 0.5)) * depth;
    float open = 1.0;
#ifndef FAST
    float reach = clamp(radius * pixels_per_m / depth, 3.0, 0.16 * float(size.y));
    // A 3 × 3 pattern of turns and lengths that the blur averages out.
    vec2 cell = floor(mod(gl_FragCoord.xy, 3.0));
    float place = cell.x * 3.0 + cell.y;
    float angle = place * (2.0 * PI / 9.0);
    float part = fract(place * 0.4444) + 0.055;
    vec2 turn = vec2(cos(angle), sin(angle));
    float sum = 0.0;
    float range = 1.0 / (radius * radius);
    for (int i = 0; i < TAPS; i++) {
        float t = (float(i) + part) * (1.0 / float(TAPS));
        ivec2 at = clamp(here + ivec2(turn * (reach * t * t + 1.5)), ivec2(0), last);
        turn = GOLDEN * turn;
        float z = uintBitsToFloat(texelFetch(surfaces, at, 0).x);
        vec3 v = (ray_corner + ray_right * (float(at.x) + 0.5) + ray_down * (float(at.y) + 0.5)) * z - p;
        float vv = dot(v, v);
        float vn = dot(v, n) - 0.003 * depth - 0.001;
        float fade = max(1.0 - vv * range, 0.0);
        sum += fade * max(vn, 0.0) * inversesqrt(vv + 1e-5) * step(1e-6, z);
    }
    open = max(1.0 - 2.8 * sum / float(TAPS), 0.0);
#endif
    float lit = sunlight(eye + p, n);
    found = vec4(open, lit, depth, 0.0);
}
