// Sun, sky and air on the surfaces of the geometry pass; the sky where there is none. Row 0 of the result is the top.
uniform usampler2D surfaces;
uniform sampler2D sky_map;
uniform sampler2DShadow shadow_map;
uniform sampler2D occlusion;
uniform ivec2 size;
uniform vec3 eye;
uniform vec3 ray_corner;   // world direction through the top left corner, one metre along the view axis
uniform vec3 ray_right;    // what one pixel to the right adds
uniform vec3 ray_down;
uniform vec3 sun_direction;
uniform vec3 sun_irradiance;
uniform vec4 sun_disc;     // radiance, cosine of the angular radius
uniform vec3 harmonics[9];
uniform vec3 ground_radiance;
uniform float has_ground;
uniform float ground_height;
uniform float haze_density;
uniform float stars;
uniform mat4 world_to_shadow[2];  // to [0, 1]³ of each half of the map
uniform vec2 shadow_texel;        // m, of each half
uniform float sky_levels;

#ifdef FULL
uniform usampler2D truths;
uniform sampler2D to_previous;    // three texels a part: rows x, y, w of this camera's space to the last clip space
uniform vec3 right_axis;
uniform vec3 up_axis;
uniform vec3 back_axis;
uniform vec2 focal;               // pixels: x right, y up
layout(location = 1) out vec4 normal_depth;
layout(location = 2) out vec4 albedo_roughness;
layout(location = 3) out vec4 motion_metallic_id;
#endif
layout(location = 0) out vec4 picture;

vec2 hemi_uv(vec3 d) {
    vec2 p = d.xy / (abs(d.x) + abs(d.y) + max(d.z, 0.0));
    return 0.5 + 0.5 * vec2(p.x + p.y, p.x - p.y);
}

vec3 tone(vec3 x) {
    // Fit of the ACES reference and output transforms by Stephen Hill (BakingLab, MIT licence).
    const mat3 into = mat3(0.59719, 0.07600, 0.02840, 0.35458, 0.90834, 0.13383, 0.04823, 0.01566, 0.83777);
    const mat3 back = mat3(1.60475, -0.10208, -0.00327, -0.53108, 1.10813, -0.07276, -0.07367, -0.00605, 1.07602);
    vec3 v = into * x;
    v = (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.4329510) + 0.238081);
    return clamp(back * v, 0.0, 1.0);
}

vec3 srgb(vec3 c) {
    return mix(1.055 * pow(max(c, 0.0031308), vec3(1.0 / 2.4)) - 0.055, 12.92 * c, lessThanEqual(c, vec3(0.0031308)));
}

float hash(uvec3 v) {  // PCG3D, Jarzynski and Olano 2020
    v = v * 1664525u + 1013904223u;
    v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
    v ^= v >> 16u;
    v.x += v.y * v.z;
    return float(v.x >> 8) * (1.0 / 16777216.0);
}

vec3 sky(vec3 d) {
    return textureLod(sky_map, hemi_uv(d), 0.0).rgb;
}

float sunlight(vec3 position, vec3 n, float facing) {
    float slope = sqrt(max(1.0 - facing * facing, 0.0));
    vec3 near = (world_to_shadow[0] * vec4(position + n * (shadow_texel.x * (0.6 + 1.6 * slope)), 1.0)).xyz;
    vec3 far = (world_to_shadow[1] * vec4(position + n * (shadow_texel.y * (0.6 + 1.6 * slope)), 1.0)).xyz;
    bool inside = all(lessThan(abs(near - vec3(0.25, 0.5, 0.5)), vec3(0.24, 0.485, 0.5)));
    vec3 p = inside ? near : far;
    if (!inside && any(greaterThan(abs(far - vec3(0.75, 0.5, 0.5)), vec3(0.245, 0.49, 0.5)))) {
        return 1.0;
    }
    vec2 texel = 1.0 / vec2(textureSize(shadow_map, 0));
    float lit = 0.0;
    lit += texture(shadow_map, vec3(p.xy + texel * vec2(-1.1, -0.4), p.z));
    lit += texture(shadow_map, vec3(p.xy + texel * vec2(0.4, -1.1), p.z));
    lit += texture(shadow_map, vec3(p.xy + texel * vec2(1.1, 0.4), p.z));
    lit += texture(shadow_map, vec3(p.xy + texel * vec2(-0.4, 1.1), p.z));
    return lit * 0.25;
}

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);                 // row 0 of the result is the top of the picture
    ivec2 there = ivec2(here.x, size.y - 1 - here.y);
    uvec4 surfel = texelFetch(surfaces, there, 0);
    vec3 ray = ray_corner + ray_right * gl_FragCoord.x + ray_down * gl_FragCoord.y;
    float stretch = length(ray);
    vec3 view = ray / stretch;
    bool nothing = surfel.w == 0u;

    // Air: what the horizon looks like in this direction.
    vec3 low = vec3(view.xy, max(view.z, 0.0) * 0.5 + 0.035);
    vec3 air = textureLod(sky_map, hemi_uv(low), max(sky_levels - 5.0, 0.0)).rgb;

    vec3 colour;
    float depth = uintBitsToFloat(surfel.x);
    vec3 n = oct_decode(unpack16(surfel.y));
    vec4 albedo = unpack8(surfel.z);
    albedo.rgb *= albedo.rgb;
    float roughness = albedo.a;
    float metallic = float((surfel.w >> 16) & 255u) * (1.0 / 255.0);
    float cavity = float(surfel.w >> 24) * (1.0 / 255.0);
    if (nothing) {
        colour = sky(view);
        float glow = dot(view, sun_direction);
        float edge = (1.0 - sun_disc.w) * 0.15 + 2e-6;
        colour += sun_disc.rgb * smoothstep(sun_disc.w - edge, sun_disc.w + edge, glow);
        if (stars > 0.0) {
            vec3 cell = floor(view * 240.0);
            float chance = hash(uvec3(ivec3(cell) + 1024));
            vec3 spot = fract(view * 240.0) - 0.5;
            colour += vec3(0.9, 0.95, 1.0) * step(0.9965, chance) * stars * smoothstep(0.45, 0.0, length(spot))
                    * smoothstep(0.0, 0.25, view.z) * (0.15 + 200.0 * (chance - 0.9965));
        }
        if (has_ground > 0.0 && view.z < 0.0) {
            float reach = max(eye.z - ground_height, 0.01) / max(-view.z, 1e-5);
            colour = mix(air, ground_radiance, exp(-haze_density * reach));
        }
    } else {
        float distance_to = depth * stretch;
        vec3 position = eye + ray * depth;
        float facing = dot(n, sun_direction);
        float seen = max(dot(n, -view), 1e-3);
        float ambient_share = texelFetch(occlusion, here, 0).r * mix(1.0, cavity, 0.7);

        float lit = facing > 0.0 ? sunlight(position, n, facing) : 0.0;
        vec3 diffuse = albedo.rgb * (1.0 - metallic);
        vec3 f0 = mix(vec3(0.04), albedo.rgb, metallic);

        // Sun: Lambert, and GGX with the visibility of Hammon 2017 in the form of Karis 2013.
        vec3 h = normalize(sun_direction - view);
        float nh = max(dot(n, h), 0.0);
        float alpha = max(roughness * roughness, 0.003);
        float a2 = alpha * alpha;
        float d = nh * nh * (a2 - 1.0) + 1.0;
        float k = (roughness + 1.0) * (roughness + 1.0) * 0.125;
        float sunward = max(facing, 0.0);
        float visibility = 0.25 / ((seen * (1.0 - k) + k) * (sunward * (1.0 - k) + k));
        float fresnel = exp2((-5.55473 * max(dot(-view, h), 0.0) - 6.98316) * max(dot(-view, h), 0.0));
        vec3 specular = (f0 + (1.0 - f0) * fresnel) * min(a2 / (PI * d * d) * visibility, 60.0);
        colour = (diffuse / PI + specular) * sun_irradiance * (sunward * lit * mix(1.0, cavity, 0.35));

        // Sky and ground: irradiance from the harmonics, reflection from the blurred map.
        vec3 sky_light = harmonics[0] + harmonics[1] * n.y + harmonics[2] * n.z + harmonics[3] * n.x
            + harmonics[4] * (n.x * n.y) + harmonics[5] * (n.y * n.z) + harmonics[6] * (3.0 * n.z * n.z - 1.0)
            + harmonics[7] * (n.x * n.z) + harmonics[8] * (n.x * n.x - n.y * n.y);
        colour += diffuse * max(sky_light, 0.0) * ambient_share;

        vec3 r = reflect(view, n);
        float level = min(roughness * 1.6, 1.0) * (sky_levels - 2.0);
        vec3 above = textureLod(sky_map, hemi_uv(r), level).rgb;
        float blur = 0.02 + roughness;
        vec3 mirrored = mix(ground_radiance, above, smoothstep(-blur, blur, r.z));
        // Split-sum scale and bias: Karis, Physically Based Shading on Mobile, 2014.
        vec4 fit = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
        float a004 = min(fit.x * fit.x, exp2(-9.28 * seen)) * fit.x + fit.y;
        vec2 split = vec2(-1.04, 1.04) * a004 + fit.zw;
        float open = clamp(pow(seen + ambient_share, roughness * 4.0 + 0.5) - 1.0 + ambient_share, 0.0, 1.0);
        colour += mirrored * (f0 * split.x + split.y) * open;

        colour = mix(air, colour, exp(-haze_density * distance_to));
    }
    vec3 shown = srgb(tone(colour * 0.9));
    picture = vec4(shown, dot(shown, vec3(0.299, 0.587, 0.114)));

#ifdef FULL
    vec3 truth = oct_decode(unpack16(texelFetch(truths, there, 0).x));
    normal_depth = nothing ? vec4(0.0) : vec4(dot(truth, right_axis), dot(truth, up_axis), dot(truth, back_axis), depth);
    albedo_roughness = nothing ? vec4(0.0) : albedo;
    int part = int(surfel.w & 65535u);
    // Where this point was: in the camera's space (x right, y up, z back), then in the last frame's clip space.
    vec3 in_view = vec3((gl_FragCoord.x - 0.5 * size.x) / focal.x, (0.5 * size.y - gl_FragCoord.y) / focal.y, -1.0);
    vec4 point = nothing ? vec4(in_view, 0.0) : vec4(in_view * depth, 1.0);
    ivec2 row = ivec2(0, part);
    vec3 clip = vec3(dot(texelFetch(to_previous, row, 0), point),
                     dot(texelFetch(to_previous, row + ivec2(1, 0), 0), point),
                     dot(texelFetch(to_previous, row + ivec2(2, 0), 0), point));
    vec2 was = vec2(clip.x, -clip.y) / clip.z * 0.5 * vec2(size) + 0.5 * vec2(size);
    vec2 moved = clip.z > 1e-6 ? was - gl_FragCoord.xy : vec2(0.0);
    motion_metallic_id = vec4(moved, nothing ? 0.0 : metallic, float(part));
#endif
}
