// The surface at one pixel: texture, bump and bevel are done here, light comes later. Compiled in three forms:
// FLAT has texture coordinates, ROUND projects the texture along the two nearest axes of the object, GROUND mixes scales,
// SKIN is a round thing that bends: its texture lies on the rest pose.
in vec4 object;
in vec3 direction;
flat in vec4 turn;
flat in uvec4 code;
flat in vec2 tile;
#ifdef SKIN
#define ROUND
in vec4 tint;  // linear RGB, roughness
in vec3 facing;
#elif defined(ROUND)
in vec3 tint;
#else
flat in vec3 extent;
#endif
uniform sampler2DArray tiles;  // blend, slope u, slope v, cavity
uniform sampler2D patches;     // slow noise
uniform float pixel_angle;     // rad a pixel

layout(location = 0) out uvec4 surfel;  // depth, shading normal, albedo and roughness, part and metallic and cavity
#ifdef FULL
#ifdef SKINS
layout(location = 1) out uvec2 truth;   // normal of the geometry, motion on a skin
#define TRUTH truth.x
#else
layout(location = 1) out uint truth;
#define TRUTH truth
#endif
#ifdef SKIN
in vec3 was;          // clip x, y, w of the frame before
uniform vec2 extent;  // px of the picture
#endif
#endif

#if !defined(ROUND) && !defined(GROUND)
vec3 bevelled(vec3 n, int kind, float far) {
    // Edges of boxes and cylinders catch light: the normal leans over within a narrow rim, seen from near only.
    float least = min(extent.x, min(extent.y, extent.z));
    float rim = max(min(0.006, 0.10 * least), min(far * pixel_angle * 0.7, 0.15 * least));
    if (kind == 1) {
        vec3 q = max(abs(object.xyz) - 0.5 * extent + rim, 0.0) * sign(object.xyz);
        return normalize(q + n * rim * 0.02);
    }
    if (kind == 2) {
        float r = length(object.xy);
        float side = max(r - extent.x + rim, 0.0);
        float cap = max(abs(object.z) - 0.5 * extent.z + rim, 0.0) * sign(object.z);
        return normalize(vec3(object.xy / max(r, 1e-6) * side, cap) + n * rim * 0.02);
    }
    return n;
}

vec2 laid(vec3 face, int kind, out vec3 along) {
    // Texture coordinates in m, and where the first grows: the grain runs along the longer edge of each face of a box.
    vec3 n = abs(face);
    along = vec3(1.0, 0.0, 0.0);
    if (kind == 1) {
        vec2 edges = n.x > 0.5 ? extent.yz : (n.y > 0.5 ? extent.xz : extent.xy);
        vec2 uv = n.x > 0.5 ? object.yz : (n.y > 0.5 ? object.xz : object.xy);
        vec3 u = n.x > 0.5 ? vec3(0.0, 1.0, 0.0) : vec3(1.0, 0.0, 0.0);
        vec3 v = n.x > 0.5 || n.y > 0.5 ? vec3(0.0, 0.0, 1.0) : vec3(0.0, 1.0, 0.0);
        bool first_long = edges.x >= edges.y;
        along = first_long ? u : v;
        return (first_long ? uv : uv.yx) + 0.37 * dot(sign(face) * step(0.5, n), vec3(1.0, 2.0, 3.0));
    }
    if ((kind == 2 || kind == 3) && n.z < 0.999) {
        along = vec3(0.0, 0.0, 1.0);
        return vec2(object.z, object.w * extent.x);
    }
    return object.xy;
}
#endif

void main() {
    vec4 colour = unpack8(code.x);    // square roots; roughness
    vec4 colour2 = unpack8(code.y);   // square roots; metallic
    vec4 detail = unpack8(code.w) * vec4(2.0, 1.0, 7.0, 1.0);  // bump, patches, offset
    float layer = float((code.z >> 16) & 255u);
    float far = 1.0 / gl_FragCoord.w;  // along the view axis
    vec3 face = normalize(direction);
    vec3 n = face;
    vec4 texel;
    vec3 slope;  // of the height, object space
    float macro = 0.0;
#ifdef ROUND
    // Biplanar mapping (Quilez 2020): the two axes the normal leans to most.
    vec3 p = object.xyz + detail.z * vec3(0.31, 0.17, 0.23);
    vec3 a = abs(n);
    vec3 w = max(a - 0.25, 0.0);
    w *= w;
    bool skip_x = a.x <= a.y && a.x <= a.z;
    bool skip_y = !skip_x && a.y <= a.z;
    vec2 uv1 = skip_x ? p.xz : p.zy;
    vec2 uv2 = skip_x ? p.xy : (skip_y ? p.xy : p.xz);
    float w1 = skip_x ? w.y : w.x;
    float w2 = skip_x ? w.z : (skip_y ? w.z : w.y);
    vec4 t1 = texture(tiles, vec3(uv1 * tile, layer));
    vec4 t2 = texture(tiles, vec3(uv2 * tile, layer));
    float share = w1 / max(w1 + w2, 1e-5);
    texel = mix(t2, t1, share);
    vec2 s1 = (t1.yz - 0.5) * share;
    vec2 s2 = (t2.yz - 0.5) * (1.0 - share);
    vec3 g1 = skip_x ? vec3(s1.x, 0.0, s1.y) : vec3(0.0, s1.y, s1.x);
    vec3 g2 = skip_x ? vec3(s2, 0.0) : (skip_y ? vec3(s2, 0.0) : vec3(s2.x, 0.0, s2.y));
    slope = g1 + g2;
#else
  #ifdef GROUND
    vec3 along = vec3(1.0, 0.0, 0.0);
    vec2 place = object.xy * tile;
  #else
    int kind = int(code.z >> 24);
    vec3 along;
    vec2 place = laid(face, kind, along) * tile + detail.z * vec2(1.0, 0.618);
    n = bevelled(face, kind, far);
  #endif
    texel = texture(tiles, vec3(place, layer));
    vec3 across = cross(face, along);
  #ifdef GROUND
    // The same tile turned and enlarged hides its repetition; a slow third copy makes patches.
    vec2 swung = mat2(0.83, 0.56, -0.56, 0.83) * place;
    macro = (texture(patches, swung.yx * 0.019).x - 0.5) * exp2(-0.03 * far);
  #ifndef FAST
    vec4 wide = texture(tiles, vec3(swung * 0.27, layer));
    texel.x = mix(texel.x, wide.x, 0.35);
    texel.w = mix(texel.w, sqrt(texel.w * wide.w), 0.5);
  #endif
    texel.x = clamp(texel.x + macro * detail.y, 0.0, 1.0);
  #else
    macro = texture(patches, place * 0.23).x - 0.5;
    texel.x = clamp(texel.x + macro * detail.y, 0.0, 1.0);
  #endif
    slope = along * (texel.y - 0.5) + across * (texel.z - 0.5);
#endif
#ifdef SKIN
    face = n = normalize(facing);
    slope = turned(turn, slope);
#endif
    n = normalize(n - detail.x * (slope - n * dot(slope, n)));
#ifndef SKIN
    n = turned(turn, n);
#endif

    float cavity = texel.w;
    vec3 base = colour.rgb * colour.rgb;
    vec3 other = colour2.rgb * colour2.rgb;
#ifdef SKIN
    other = tint.rgb * (other / max(base, 0.02));
    base = tint.rgb;
#elif defined(ROUND)
    other = tint.x < 0.0 ? other : tint * (other / max(base, 0.02));
    base = tint.x < 0.0 ? base : tint;
#endif
    vec3 albedo = mix(base, other, texel.x) * (1.0 + macro * detail.y * 0.35);
#ifdef SKIN
    colour.a = tint.a;
#endif
    float roughness = clamp(colour.a + (0.5 - cavity) * 0.12 * step(0.5, layer), 0.03, 1.0);

    surfel.x = floatBitsToUint(far);
    surfel.y = pack16(oct_encode(n));
    surfel.z = pack8(vec4(sqrt(albedo), roughness));
    surfel.w = (code.z & 65535u) | ((code.y >> 24) << 16)
             | (uint(clamp(cavity, 0.0, 1.0) * 255.0 + 0.5) << 24);
#ifdef FULL
#ifdef SKIN
    TRUTH = pack16(oct_encode(face));
    truth.y = pack_motion((vec2(was.x, -was.y) / max(was.z, 1e-6) * 0.5 + 0.5) * extent - gl_FragCoord.xy);
#else
    TRUTH = pack16(oct_encode(turned(turn, face)));
#ifdef SKINS
    truth.y = RIGID;
#endif
#endif
#endif
}
