// Anti-aliasing of outlines: the compact form of Lottes 2009 (FXAA I), only where the mark in alpha changes, so that
// textures stay sharp.
uniform sampler2D image;
uniform ivec2 size;
out vec4 picture;

float luma(vec3 c) {
    return dot(c, vec3(0.299, 0.587, 0.114));
}

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    ivec2 low = max(here - 1, ivec2(0)), high = min(here + 1, size - 1);
    vec4 centre = texelFetch(image, here, 0);
    vec4 a = texelFetch(image, low, 0);
    vec4 b = texelFetch(image, ivec2(high.x, low.y), 0);
    vec4 c = texelFetch(image, ivec2(low.x, high.y), 0);
    vec4 d = texelFetch(image, high, 0);
    vec4 marks = abs(vec4(a.a, b.a, c.a, d.a) - centre.a);
    bool edge = max(max(marks.x, marks.y), max(marks.z, marks.w)) > 0.002;
    float nw = luma(a.rgb), ne = luma(b.rgb), sw = luma(c.rgb), se = luma(d.rgb), middle = luma(centre.rgb);
    float least = min(middle, min(min(nw, ne), min(sw, se)));
    float greatest = max(middle, max(max(nw, ne), max(sw, se)));
    vec2 dir = vec2(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
    float reduce = max((nw + ne + sw + se) * 0.03125, 0.0078125);
    vec2 texel = 1.0 / vec2(size);
    dir = clamp(dir / (min(abs(dir.x), abs(dir.y)) + reduce), -8.0, 8.0) * texel;
    vec2 at = gl_FragCoord.xy * texel;
    vec3 wide = 0.5 * (textureLod(image, at - dir * 0.5, 0.0).rgb + textureLod(image, at + dir * 0.5, 0.0).rgb);
    vec3 mixed = 0.6 * wide + 0.4 * centre.rgb;
    float level = luma(mixed);
    vec3 safe = 0.5 * centre.rgb + 0.125 * (a.rgb + b.rgb + c.rgb + d.rgb);
    picture = vec4(edge ? (level < least || level > greatest ? safe : mixed) : centre.rgb, 1.0);
}
