// Averages the 3 × 3 pattern of the sky's share, within a surface; the sun's share stays sharp.
uniform sampler2D found;
out vec4 smoothed;

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(found, 0) - 1;
    vec4 centre = texelFetch(found, here, 0);
    float limit = 30.0 / max(centre.b, 1e-3);
    float sum = 0.0;
    float weights = 1e-4;
    for (int y = -1; y < 2; y++) {
        for (int x = -1; x < 2; x++) {
            vec4 other = texelFetch(found, clamp(here + ivec2(x, y), ivec2(0), last), 0);
            float w = max(1.0 - abs(other.b - centre.b) * limit, 0.0);
            sum += other.r * w;
            weights += w;
        }
    }
    smoothed = vec4((sum + 1e-4) / weights, centre.g, centre.b, 0.0);
}
