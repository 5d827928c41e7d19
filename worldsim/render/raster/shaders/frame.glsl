// What every pass knows of the moment. One block of plain uniforms, set once a frame.
const float PI = 3.14159265;

vec2 oct_encode(vec3 n) {  // unit vector to the square: Cigolle et al. 2014
    vec2 p = n.xy / (abs(n.x) + abs(n.y) + abs(n.z));
    vec2 folded = (1.0 - abs(p.yx)) * vec2(p.x >= 0.0 ? 1.0 : -1.0, p.y >= 0.0 ? 1.0 : -1.0);
    return n.z < 0.0 ? folded : p;
}

vec3 oct_decode(vec2 p) {
    vec3 n = vec3(p, 1.0 - abs(p.x) - abs(p.y));
    float t = max(-n.z, 0.0);
    n.xy += vec2(n.x >= 0.0 ? -t : t, n.y >= 0.0 ? -t : t);
    return normalize(n);
}

uint pack16(vec2 v) {  // two numbers in [-1, 1]
    uvec2 q = uvec2(clamp(v * 0.5 + 0.5, 0.0, 1.0) * 65535.0 + 0.5);
    return q.x | (q.y << 16);
}

vec2 unpack16(uint v) {
    return vec2(v & 65535u, v >> 16) * (2.0 / 65535.0) - 1.0;
}

const uint RIGID = 0xffffffffu;  // instead of a motion: the part's own

uint pack_motion(vec2 px) {  // finest near 0: within 0.01 px at 10 px, 0.1 px at 1000
    vec2 root = sqrt(min(abs(px) * (1.0 / 4096.0), 0.999));
    return pack16(vec2(px.x < 0.0 ? -root.x : root.x, px.y < 0.0 ? -root.y : root.y));
}

vec2 unpack_motion(uint v) {
    vec2 root = unpack16(v);
    return root * abs(root) * 4096.0;
}

uint pack8(vec4 v) {  // four numbers in [0, 1]
    uvec4 q = uvec4(clamp(v, 0.0, 1.0) * 255.0 + 0.5);
    return q.x | (q.y << 8) | (q.z << 16) | (q.w << 24);
}

vec4 unpack8(uint v) {
    return vec4(v & 255u, (v >> 8) & 255u, (v >> 16) & 255u, v >> 24) * (1.0 / 255.0);
}

vec3 turned(vec4 q, vec3 v) {  // by a unit quaternion xyzw
    vec3 t = 2.0 * cross(q.xyz, v);
    return v + q.w * t + cross(q.xyz, t);
}
