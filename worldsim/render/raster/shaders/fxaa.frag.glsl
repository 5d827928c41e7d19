// Fast approximate anti-aliasing: the compact form of Lottes 2009 (FXAA I), on the luma kept in alpha.
uniform sampler2D image;
uniform ivec2 size;
uniform int most;   // 4: how many more looks an edge is worth; a uniform, so that flat regions may leave the loop early
out vec4 picture;

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    ivec2 low = max(here - 1, ivec2(0)), high = min(here + 1, size - 1);
    vec4 centre = texelFetch(image, here, 0);
    float nw = texelFetch(image, low, 0).a;
    float ne = texelFetch(image, ivec2(high.x, low.y), 0).a;
    float sw = texelFetch(image, ivec2(low.x, high.y), 0).a;
    float se = texelFetch(image, high, 0).a;
    float least = min(centre.a, min(min(nw, ne), min(sw, se)));
    float greatest = max(centre.a, max(max(nw, ne), max(sw, se)));
    vec2 dir = vec2(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
    float reduce = max((nw + ne + sw + se) * 0.03125, 0.0078125);
    vec2 texel = 1.0 / vec2(size);
    dir = clamp(dir / (min(abs(dir.x), abs(dir.y)) + reduce), -8.0, 8.0) * texel;
    vec2 at = gl_FragCoord.xy * texel;
    bool edge = greatest - least > max(0.03, greatest * 0.08);
    int count = edge ? most : 0;
    vec4 inner = vec4(0.0), outer = vec4(0.0);
    for (int i = 0; i < count; i++) {
        float t = i < 2 ? (float(i) - 0.5) * (1.0 / 3.0) : float(i) - 2.5;
        vec4 found = textureLod(image, at + dir * t, 0.0);
        inner += i < 2 ? found * 0.5 : vec4(0.0);
        outer += i < 2 ? vec4(0.0) : found * 0.5;
    }
    vec4 wide = 0.5 * (inner + outer);
    vec4 chosen = wide.a < least || wide.a > greatest ? inner : wide;
    picture = edge ? chosen : centre;
}
