// Fast approximate anti-aliasing: the compact form of Lottes 2009 (FXAA I), on the luma kept in alpha.
uniform sampler2D image;
uniform vec2 texel;
out vec4 picture;

void main() {
    vec2 at = gl_FragCoord.xy * texel;
    vec4 centre = textureLod(image, at, 0.0);
    float nw = textureLod(image, at + vec2(-0.5, -0.5) * texel * 2.0, 0.0).a;
    float ne = textureLod(image, at + vec2(0.5, -0.5) * texel * 2.0, 0.0).a;
    float sw = textureLod(image, at + vec2(-0.5, 0.5) * texel * 2.0, 0.0).a;
    float se = textureLod(image, at + vec2(0.5, 0.5) * texel * 2.0, 0.0).a;
    float low = min(centre.a, min(min(nw, ne), min(sw, se)));
    float high = max(centre.a, max(max(nw, ne), max(sw, se)));
    vec2 dir = vec2(-((nw + ne) - (sw + se)), (nw + sw) - (ne + se));
    float reduce = max((nw + ne + sw + se) * 0.03125, 0.0078125);
    dir = clamp(dir / (min(abs(dir.x), abs(dir.y)) + reduce), -8.0, 8.0) * texel;
    vec4 a = 0.5 * (textureLod(image, at + dir * (1.0 / 3.0 - 0.5), 0.0)
                  + textureLod(image, at + dir * (2.0 / 3.0 - 0.5), 0.0));
    vec4 b = 0.5 * a + 0.25 * (textureLod(image, at - dir * 0.5, 0.0) + textureLod(image, at + dir * 0.5, 0.0));
    vec4 smooth_ = b.a < low || b.a > high ? a : b;
    picture = high - low < max(0.03, high * 0.08) ? centre : smooth_;
}
