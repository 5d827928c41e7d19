// What the light passes share: the air, the sky's map, the camera's way of showing radiance.
uniform sampler2D sky_map;
uniform vec3 air_fit[4];   // square root of the horizon's radiance, a cubic of the cosine to the sun's azimuth
uniform vec2 air_axis;     // unit, towards the sun's azimuth
uniform vec3 eye;
uniform vec3 ray_corner;   // world direction through the top left corner, one metre along the view axis
uniform vec3 ray_right;    // what one pixel to the right adds
uniform vec3 ray_down;
uniform vec3 sun_direction;
uniform vec3 ground_radiance;
uniform float haze_density;
layout(location = 0) out vec4 picture;

vec2 hemi_uv(vec3 d) {
    vec2 p = d.xy / (abs(d.x) + abs(d.y) + max(d.z, 0.0));
    return 0.5 + 0.5 * vec2(p.x + p.y, p.x - p.y);
}

vec3 horizon(vec3 view) {
    float c = dot(view.xy, air_axis) * inversesqrt(dot(view.xy, view.xy) + 1e-6);
    vec3 root = air_fit[0] + c * (air_fit[1] + c * (air_fit[2] + c * air_fit[3]));
    return root * root;
}

#ifdef GRADED
uniform mat3 grade;            // white balance and saturation
uniform float grade_exponent;  // contrast about middle grey
#endif

vec3 develop(vec3 x) {
#ifdef GRADED
    x = 0.18 * pow(max(grade * x, 0.0) * (1.0 / 0.18), vec3(grade_exponent));
#endif
    // Fit of the ACES reference and output transforms by Stephen Hill (BakingLab, MIT licence), then sRGB's curve.
    const mat3 into = mat3(0.59719, 0.07600, 0.02840, 0.35458, 0.90834, 0.13383, 0.04823, 0.01566, 0.83777);
    const mat3 back = mat3(1.60475, -0.10208, -0.00327, -0.53108, 1.10813, -0.07276, -0.07367, -0.00605, 1.07602);
    vec3 v = into * (x * 1.5);
    v = (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.4329510) + 0.238081);
    vec3 c = clamp(back * v, 0.0, 1.0);
    // sRGB's curve by roots, fitted: within a quarter of a code value, and cheaper than powers without a graphics card.
    vec3 root = sqrt(c);
    vec3 curve = 0.819330 * root + 0.310569 * sqrt(root) - 0.050703 * c - 0.079627;
    return mix(curve, 12.92 * c, lessThanEqual(c, vec3(0.0031308)));
}

#ifdef FULL
layout(location = 1) out vec4 normal_depth;
layout(location = 2) out vec4 albedo_roughness;
layout(location = 3) out vec4 motion_metallic_part;
#endif
