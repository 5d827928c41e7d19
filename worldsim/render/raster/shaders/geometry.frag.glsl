// The surface at one pixel: texture, bump and bevel are done here, light comes later. Compiled in three forms:
// FLAT has texture coordinates, ROUND projects the texture along the two nearest axes of the object, GROUND mixes scales.
in vec3 object;
in vec3 direction;
in vec2 place;
in vec3 along;
in float distance_along;
flat in mat3 turn;
flat in vec4 colour;
flat in vec4 colour2;
flat in vec4 surface;
flat in vec4 detail;
flat in vec3 extent;
in vec3 tint;
uniform sampler2DArray tiles;  // blend, slope u, slope v, cavity
uniform sampler2D patches;     // slow noise
uniform float pixel_angle;     // rad a pixel

layout(location = 0) out uvec4 surfel;  // depth, shading normal, albedo and roughness, part and metallic and cavity
#ifdef FULL
layout(location = 1) out uint truth;    // normal of the geometry
#endif

vec3 bevelled(vec3 n) {
    // Edges of boxes and cylinders catch light: the normal leans over within a narrow rim, seen from near only.
    int kind = int(detail.x + 0.5);
    float rim = min(0.006, 0.10 * min(extent.x, min(extent.y, extent.z)));
    float footprint = distance_along * pixel_angle;
    rim = max(rim, min(footprint * 0.7, 0.15 * min(extent.x, min(extent.y, extent.z))));
    if (kind == 1) {
        vec3 q = max(abs(object) - 0.5 * extent + rim, 0.0) * sign(object);
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

void main() {
    vec3 face = normalize(direction);
    vec3 n = face;
    float layer = colour2.w;
    vec4 texel;
    vec3 slope;  // of the height, object space
    float macro = 0.0;
#ifdef ROUND
    // Biplanar mapping (Quilez 2020): the two axes the normal leans to most.
    vec3 p = object + detail.w * vec3(0.31, 0.17, 0.23);
    vec3 a = abs(n);
    vec3 w = pow(max(a - 0.25, 0.0), vec3(2.0));
    float least = min(w.x, min(w.y, w.z));
    bool skip_x = a.x <= a.y && a.x <= a.z;
    bool skip_y = !skip_x && a.y <= a.z;
    vec2 uv1 = skip_x ? p.xz : p.zy;
    vec2 uv2 = skip_x ? p.xy : (skip_y ? p.xy : p.xz);
    float w1 = skip_x ? w.y : w.x;
    float w2 = skip_x ? w.z : (skip_y ? w.z : w.y);
    vec4 t1 = texture(tiles, vec3(uv1 * surface.zw, layer));
    vec4 t2 = texture(tiles, vec3(uv2 * surface.zw, layer));
    float share = w1 / max(w1 + w2, 1e-5);
    texel = mix(t2, t1, share);
    vec2 s1 = (t1.yz - 0.5) * share;
    vec2 s2 = (t2.yz - 0.5) * (1.0 - share);
    vec3 g1 = skip_x ? vec3(s1.x, 0.0, s1.y) : vec3(0.0, s1.y, s1.x);
    vec3 g2 = skip_x ? vec3(s2, 0.0) : (skip_y ? vec3(s2, 0.0) : vec3(s2.x, 0.0, s2.y));
    slope = g1 + g2;
#else
    n = bevelled(face);
    texel = texture(tiles, vec3(place, layer));
    vec3 across = cross(face, along);
  #ifdef GROUND
    // The same tile turned and enlarged hides its repetition; a slow third copy makes patches.
    vec2 turned = mat2(0.83, 0.56, -0.56, 0.83) * place;
  #ifdef FAST
    vec4 wide = texel;
  #else
    vec4 wide = texture(tiles, vec3(turned * 0.27, layer));
  #endif
    macro = (texture(patches, turned.yx * 0.019).x - 0.5) * exp2(-0.03 * distance_along);
    texel.x = clamp(mix(texel.x, wide.x, 0.35) + macro * detail.z, 0.0, 1.0);
    texel.w = mix(texel.w, sqrt(texel.w * wide.w), 0.5);
  #else
    macro = texture(patches, place * 0.23).x - 0.5;
    texel.x = clamp(texel.x + macro * detail.z, 0.0, 1.0);
  #endif
    slope = along * (texel.y - 0.5) + across * (texel.z - 0.5);
#endif
    n = normalize(n - detail.y * (slope - n * dot(slope, n)));

    float cavity = texel.w;
    vec3 base = tint.x < 0.0 ? colour.rgb : tint;
    vec3 other = tint.x < 0.0 ? colour2.rgb : tint * (colour2.rgb / max(colour.rgb, 0.02));
    vec3 albedo = mix(base, other, texel.x) * (1.0 + macro * detail.z * 0.35);
    float roughness = clamp(surface.x + (0.5 - cavity) * 0.12 * step(0.5, layer), 0.03, 1.0);

    surfel.x = floatBitsToUint(distance_along);
    surfel.y = pack16(oct_encode(turn * n));
    surfel.z = pack8(vec4(sqrt(albedo), roughness));
    surfel.w = uint(colour.w + 0.5) | (uint(clamp(surface.y, 0.0, 1.0) * 255.0 + 0.5) << 16)
             | (uint(clamp(cavity, 0.0, 1.0) * 255.0 + 0.5) << 24);
#ifdef FULL
    truth = pack16(oct_encode(turn * face));
#endif
}
