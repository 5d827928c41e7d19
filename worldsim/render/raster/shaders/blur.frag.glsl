// Averages the 4 × 4 pattern of the occlusion, within a surface.
uniform sampler2D found;
out vec4 smoothed;

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    ivec2 last = textureSize(found, 0) - 1;
    float depth = texelFetch(found, here, 0).g;
    float limit = 30.0 / max(depth, 1e-3);
    float sum = 0.0;
    float weights = 1e-4;
    for (int y = -2; y < 2; y++) {
        for (int x = -2; x < 2; x++) {
            vec2 other = texelFetch(found, clamp(here + ivec2(x, y), ivec2(0), last), 0).rg;
            float w = max(1.0 - abs(other.g - depth) * limit, 0.0);
            sum += other.r * w;
            weights += w;
        }
    }
    smoothed = vec4((sum + 1e-4) / weights, depth, 0.0, 0.0);
}
