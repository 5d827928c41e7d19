// What a network is told of each pixel, in the order of its channels and in its numbers: two of 16 bits a word, four
// words a target. Of what is not known here, the past and the noise, zeros are written.
uniform usampler2D surfaces;
uniform usampler2D truths;
uniform sampler2D image;          // the finished picture
uniform usampler2D table;         // a texel a part: what goes behind the channels
uniform vec3 right_axis;
uniform vec3 up_axis;
uniform vec3 back_axis;
uniform vec3 towards_light;       // camera space
uniform vec3 towards_up;
uniform float far;                // m: nothing is told of what lies beyond
uniform float near_scale;         // 1 / m
uniform float motion_scale;       // 1 / pixels; 0 without a frame before
layout(location = 0) out uvec4 first;   // state, raster, nearness, normal's x
layout(location = 1) out uvec4 second;  // normal's y and z, albedo, surface, motion's x
layout(location = 2) out uvec4 third;   // motion's y, history, held, noise, lit, up
layout(location = 3) out uvec4 fourth;  // the table's

uint brain(vec2 v) {  // two bfloat16, rounded to nearest, ties to even
    uvec2 u = floatBitsToUint(v);
    u = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
    return u.x | (u.y << 16);
}

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    uvec4 surfel = texelFetch(surfaces, here, 0);
    uvec4 kept = texelFetch(truths, here, 0);
    float depth = uintBitsToFloat(surfel.x);
    int part = int(surfel.w & 65535u);
    vec2 moved = motion(part, depth);
#ifdef SKINS
    moved = part == 0 || kept.y == RIGID ? moved : unpack_motion(kept.y);
#endif
    bool seen = part > 0 && depth <= far;
    vec3 truth = oct_decode(unpack16(kept.x));
    vec3 normal = vec3(dot(truth, right_axis), dot(truth, up_axis), dot(truth, back_axis));
    normal = seen ? normal : vec3(0.0);
    vec4 root = seen ? unpack8(surfel.z) : vec4(0.0);  // square roots of the albedo; roughness
    float metallic = seen ? float((surfel.w >> 16) & 255u) * (1.0 / 255.0) : 0.0;
    float nearness = seen ? 1.0 / (1.0 + depth * near_scale) : 0.0;
    float lit = clamp(dot(normal, towards_light), -1.0, 1.0);
    float up = clamp(dot(normal, towards_up), -1.0, 1.0);
    moved = clamp(moved * motion_scale, -1.0, 1.0);
    vec3 raster = texelFetch(image, here, 0).rgb * 2.0 - 1.0;
    uint tail = brain(vec2(raster.z, raster.x));
    first = uvec4(brain(raster.xy), tail, brain(raster.yz), brain(vec2(nearness, normal.x)));
    second = uvec4(brain(normal.yz), brain(root.xy), brain(root.zw), brain(vec2(metallic, moved.x)));
    third = uvec4(brain(vec2(moved.y, 0.0)), 0u, 0u, brain(vec2(lit, up)));
    fourth = texelFetch(table, ivec2(0, seen ? part : 0), 0);
}
