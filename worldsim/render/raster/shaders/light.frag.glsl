// Sun, sky and air on the surfaces of the geometry pass.
uniform usampler2D surfaces;
uniform sampler2D blurred_sky;
uniform sampler2D visible;        // shares of sky and sun, and depth, at half size
uniform vec3 sun_irradiance;
uniform vec3 harmonics[5];        // irradiance over π: 1, x, y, z, z²
uniform float blur_levels;

#ifdef FULL
uniform usampler2D truths;
uniform vec3 right_axis;
uniform vec3 up_axis;
uniform vec3 back_axis;
#endif

vec2 shares(float depth) {
    // The half-size picture's four nearest, weighted by how near they are in depth.
    vec2 at = gl_FragCoord.xy * 0.5 - 0.5;
    ivec2 corner = ivec2(floor(at));
    vec2 f = at - vec2(corner);
    ivec2 last = textureSize(visible, 0) - 1;
    ivec2 low = clamp(corner, ivec2(0), last), high = clamp(corner + 1, ivec2(0), last);
    vec3 a = texelFetch(visible, low, 0).rgb;
    vec3 b = texelFetch(visible, ivec2(high.x, low.y), 0).rgb;
    vec3 c = texelFetch(visible, ivec2(low.x, high.y), 0).rgb;
    vec3 d = texelFetch(visible, high, 0).rgb;
    vec4 bilinear = vec4((1.0 - f.x) * (1.0 - f.y), f.x * (1.0 - f.y), (1.0 - f.x) * f.y, f.x * f.y) + 0.001;
    vec4 apart = (vec4(a.b, b.b, c.b, d.b) - depth) / depth;
    vec4 weight = bilinear / (1.0 + apart * apart * 4000.0);
    weight *= 1.0 / dot(weight, vec4(1.0));
    return a.rg * weight.x + b.rg * weight.y + c.rg * weight.z + d.rg * weight.w;
}

void main() {
    uvec4 surfel = texelFetch(surfaces, ivec2(gl_FragCoord.xy), 0);
    vec3 ray = ray_corner + ray_right * gl_FragCoord.x + ray_down * gl_FragCoord.y;
    float shrink = inversesqrt(dot(ray, ray));
    vec3 view = ray * shrink;
    float depth = uintBitsToFloat(surfel.x);
    vec3 n = oct_decode(unpack16(surfel.y));
    vec4 albedo = unpack8(surfel.z);
    albedo.rgb *= albedo.rgb;
    float roughness = albedo.a;
    float metallic = float((surfel.w >> 16) & 255u) * (1.0 / 255.0);
    float cavity = float(surfel.w >> 24) * (1.0 / 255.0);

    float facing = dot(n, sun_direction);
    float seen = max(dot(n, -view), 1e-3);
    vec2 share = shares(depth);
    float open = share.x;
    float open_sky = open * (0.3 + 0.7 * cavity);

    float lit = share.y;
    vec3 diffuse = albedo.rgb * (1.0 - metallic);
    vec3 f0 = mix(vec3(0.04), albedo.rgb, metallic);

    // Sun: Lambert, and GGX with the visibility term of Karis 2013 (Real Shading in Unreal Engine 4).
    vec3 h = normalize(sun_direction - view);
    float nh = clamp(dot(n, h), 0.0, 1.0);
    float alpha = max(roughness * roughness, 0.003);
    float a2 = alpha * alpha;
    float d = nh * nh * (a2 - 1.0) + 1.0;
    float k = (roughness + 1.0) * (roughness + 1.0) * 0.125;
    float sunward = max(facing, 0.0);
    float visibility = 0.25 / ((seen * (1.0 - k) + k) * (sunward * (1.0 - k) + k));
    float vh = max(dot(-view, h), 0.0);
    float away = 1.0 - vh, away2 = away * away;
    float fresnel = away2 * away2 * away;  // Schlick 1994
    vec3 specular = (f0 + (1.0 - f0) * fresnel) * min(a2 / (PI * d * d) * visibility, 60.0);
    vec3 colour = (diffuse * (1.0 / PI) + specular) * sun_irradiance * (sunward * lit * (0.65 + 0.35 * cavity));

    // Sky and ground: irradiance from the harmonics, reflection from the blurred map.
    vec3 sky_light = harmonics[0] + harmonics[1] * n.x + harmonics[2] * n.y + (harmonics[3] + harmonics[4] * n.z) * n.z;
    // What occludes is lit too: corners of bright things stay bright (Jimenez et al. 2016, multi-bounce, simplified).
    vec3 bounced = open_sky / (1.0 - 0.6 * albedo.rgb * (1.0 - open_sky));
    colour += diffuse * max(sky_light, 0.0) * bounced;

    vec3 r = reflect(view, n);
    vec3 above = textureLod(blurred_sky, hemi_uv(r), min(roughness * 1.5, 1.0) * blur_levels).rgb;
    float blur = 0.02 + roughness;
    float up = clamp(r.z / blur * 0.5 + 0.5, 0.0, 1.0);
    vec3 mirrored = mix(ground_radiance, above, up * up * (3.0 - 2.0 * up));
    // Split-sum scale and bias: Karis, Physically Based Shading on Mobile, 2014.
    vec4 fit = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a004 = min(fit.x * fit.x, exp2(-9.28 * seen)) * fit.x + fit.y;
    vec2 split = vec2(-1.04, 1.04) * a004 + fit.zw;
    float shut = 1.0 - open_sky;
    colour += mirrored * (f0 * split.x + split.y) * (1.0 - shut * (0.5 + 0.5 * shut) * (0.3 + 0.7 * roughness));

    colour = mix(horizon(view), colour, exp2(-1.442695 * haze_density * depth / shrink));
#ifdef FAST
    picture = vec4(develop(colour), 1.0);
#else
    // Alpha marks the part and the side of it, for the anti-aliasing.
    vec3 a = abs(n);
    float side = a.x > max(a.y, a.z) ? 1.0 : (a.y > a.z ? 2.0 : 3.0);
    float mark = fract(float(surfel.w & 65535u) * 0.618034 + side * 0.137) * 0.9 + 0.1;
    picture = vec4(develop(colour), mark);
#endif

#ifdef FULL
    uvec4 kept = texelFetch(truths, ivec2(gl_FragCoord.xy), 0);
    vec3 truth = oct_decode(unpack16(kept.x));
    int part = int(surfel.w & 65535u);
    vec2 moved = motion(part, depth);
#ifdef SKINS
    moved = kept.y == RIGID ? moved : unpack_motion(kept.y);
#endif
    normal_depth = vec4(dot(truth, right_axis), dot(truth, up_axis), dot(truth, back_axis), depth);
    albedo_roughness = albedo;
    motion_metallic_part = vec4(moved, metallic, float(part));
#endif
}
