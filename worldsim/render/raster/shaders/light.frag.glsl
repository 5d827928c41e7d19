// Sun, sky and air on the surfaces of the geometry pass.
uniform usampler2D surfaces;
uniform sampler2D blurred_sky;
uniform sampler2DShadow shadow_map;
uniform sampler2D occlusion;      // openness and depth, at half size
uniform vec3 sun_irradiance;
uniform vec3 harmonics[9];
uniform mat4 world_to_shadow;     // x and y of the near square, −1 to 1, and depth, 0 to 1
uniform vec4 far_square;          // offset xyz, scale: from the near square's coordinates to the far one's
uniform vec2 shadow_texel;        // m, of each square
uniform float shadow_softness;    // texels
uniform float blur_levels;

#ifdef FULL
uniform usampler2D truths;
uniform vec3 right_axis;
uniform vec3 up_axis;
uniform vec3 back_axis;
#endif

float sunlight(vec3 position, vec3 n, float facing) {
    float slope = sqrt(max(1.0 - facing * facing, 0.0));
    vec3 lift = n * (0.5 + 1.5 * slope);
    // The whole map is two squares side by side; p.xy is in squares, from −1 to 1.
    vec3 p = (world_to_shadow * vec4(position + lift * shadow_texel.x, 1.0)).xyz;
    vec2 q = abs(p.xy);
    bool near = max(q.x, q.y) < 0.975;
    vec3 wide = (world_to_shadow * vec4(position + lift * shadow_texel.y, 1.0)).xyz * vec3(far_square.ww, 1.0) + far_square.xyz;
    p.xy = near ? p.xy : wide.xy;
    p.z = near ? p.z : wide.z;
    q = abs(p.xy);
    float outside = step(0.98, max(q.x, q.y));
    vec2 at = p.xy * vec2(0.25, 0.5) + vec2(near ? 0.25 : 0.75, 0.5);
    vec2 texel = shadow_softness / vec2(textureSize(shadow_map, 0));
    float lit = texture(shadow_map, vec3(at + texel * vec2(-1.1, -0.4), p.z))
              + texture(shadow_map, vec3(at + texel * vec2(0.4, -1.1), p.z))
              + texture(shadow_map, vec3(at + texel * vec2(1.1, 0.4), p.z))
              + texture(shadow_map, vec3(at + texel * vec2(-0.4, 1.1), p.z));
    return max(lit * 0.25, outside);
}

float openness(float depth) {
    // The half-size picture's four nearest, weighted by how near they are in depth.
    vec2 at = gl_FragCoord.xy * 0.5 - 0.5;
    ivec2 corner = ivec2(floor(at));
    vec2 f = at - vec2(corner);
    ivec2 last = textureSize(occlusion, 0) - 1;
    ivec2 low = clamp(corner, ivec2(0), last), high = clamp(corner + 1, ivec2(0), last);
    vec2 a = texelFetch(occlusion, low, 0).rg;
    vec2 b = texelFetch(occlusion, ivec2(high.x, low.y), 0).rg;
    vec2 c = texelFetch(occlusion, ivec2(low.x, high.y), 0).rg;
    vec2 d = texelFetch(occlusion, high, 0).rg;
    vec4 bilinear = vec4((1.0 - f.x) * (1.0 - f.y), f.x * (1.0 - f.y), (1.0 - f.x) * f.y, f.x * f.y) + 0.001;
    vec4 apart = abs(vec4(a.y, b.y, c.y, d.y) - depth) / depth;
    vec4 weight = bilinear / (1.0 + apart * apart * 4000.0);
    return dot(vec4(a.x, b.x, c.x, d.x), weight) / dot(weight, vec4(1.0));
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

    vec3 position = eye + ray * depth;
    float facing = dot(n, sun_direction);
    float seen = max(dot(n, -view), 1e-3);
    float open = openness(depth);
    float open_sky = open * (0.3 + 0.7 * cavity);

    float lit = sunlight(position, n, facing);
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
    float fresnel = exp2((-5.55473 * vh - 6.98316) * vh);
    vec3 specular = (f0 + (1.0 - f0) * fresnel) * min(a2 / (PI * d * d) * visibility, 60.0);
    vec3 colour = (diffuse * (1.0 / PI) + specular) * sun_irradiance * (sunward * lit * (0.65 + 0.35 * cavity));

    // Sky and ground: irradiance from the harmonics, reflection from the blurred map.
    vec3 sky_light = harmonics[0] + harmonics[1] * n.y + harmonics[2] * n.z + harmonics[3] * n.x
        + harmonics[4] * (n.x * n.y) + harmonics[5] * (n.y * n.z) + harmonics[6] * (3.0 * n.z * n.z - 1.0)
        + harmonics[7] * (n.x * n.z) + harmonics[8] * (n.x * n.x - n.y * n.y);
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
    picture = develop(colour);

#ifdef FULL
    vec3 truth = oct_decode(unpack16(texelFetch(truths, ivec2(gl_FragCoord.xy), 0).x));
    int part = int(surfel.w & 65535u);
    normal_depth = vec4(dot(truth, right_axis), dot(truth, up_axis), dot(truth, back_axis), depth);
    albedo_roughness = albedo;
    motion_metallic_part = vec4(motion(part, depth), metallic, float(part));
#endif
}
