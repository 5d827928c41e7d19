// How much of the sky each point can see past its neighbours, at half size: the estimator of McGuire et al. 2011.
uniform usampler2D surfaces;
uniform ivec2 size;
uniform vec3 ray_corner;
uniform vec3 ray_right;
uniform vec3 ray_down;
uniform float radius;         // m
uniform float pixels_per_m;   // at one metre
out vec4 found;

const int TAPS = 9;

void main() {
    ivec2 last = size - 1;
    ivec2 here = min(ivec2(gl_FragCoord.xy) * 2, last);
    uvec4 surfel = texelFetch(surfaces, here, 0);
    float depth = uintBitsToFloat(surfel.x);
    vec3 n = oct_decode(unpack16(surfel.y));
    vec3 p = (ray_corner + ray_right * (float(here.x) + 0.5) + ray_down * (float(here.y) + 0.5)) * depth;
    float reach = clamp(radius * pixels_per_m / depth, 3.0, 0.18 * float(size.y));
    // A 4 × 4 pattern of turns that the blur averages out.
    ivec2 cell = ivec2(gl_FragCoord.xy) & 3;
    float turn = float((cell.x * 5 + cell.y * 7 + (cell.x ^ cell.y) * 3) & 15) * (2.0 * PI / 16.0);
    float part = float((cell.x * 3 + cell.y * 11) & 15) * (1.0 / 16.0);
    float sum = 0.0;
    float range = 1.0 / (radius * radius);
    for (int i = 0; i < TAPS; i++) {
        float t = (float(i) + part) * (1.0 / float(TAPS));
        float angle = turn + float(i) * 2.399963;   // the golden angle
        ivec2 at = clamp(here + ivec2(vec2(cos(angle), sin(angle)) * (reach * t + 1.0)), ivec2(0), last);
        float z = uintBitsToFloat(texelFetch(surfaces, at, 0).x);
        vec3 v = (ray_corner + ray_right * (float(at.x) + 0.5) + ray_down * (float(at.y) + 0.5)) * z - p;
        float vv = dot(v, v);
        float vn = dot(v, n) - 0.012 * depth - 0.002;
        float fade = max(1.0 - vv * range, 0.0);
        sum += z > 0.0 ? fade * fade * max(vn, 0.0) * inversesqrt(vv + 1e-6) : 0.0;
    }
    float open = max(1.0 - 2.6 * sum / float(TAPS), 0.0);
    found = vec4(open, depth, 0.0, 0.0);
}
