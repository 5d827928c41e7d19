// The pixels where nothing is: sky, sun, and the ground beyond the far plane.
uniform vec4 sun_disc;     // radiance, cosine of the angular radius
uniform float has_ground;
uniform float ground_height;

void main() {
    vec3 ray = ray_corner + ray_right * gl_FragCoord.x + ray_down * gl_FragCoord.y;
    vec3 view = normalize(ray);
    vec3 colour = textureLod(sky_map, hemi_uv(view), 0.0).rgb;
    float edge = (1.0 - sun_disc.w) * 0.15 + 2e-6;
    colour += sun_disc.rgb * smoothstep(sun_disc.w - edge, sun_disc.w + edge, dot(view, sun_direction));
    vec3 air = horizon(view);
    float below = has_ground * step(view.z, 0.0);
    float reach = max(eye.z - ground_height, 0.01) / max(-view.z, 1e-5);
    colour = mix(colour, mix(air, ground_radiance, exp(-haze_density * reach)), below);
    picture = develop(colour);
#ifdef FULL
    normal_depth = vec4(0.0);
    albedo_roughness = vec4(0.0);
    motion_metallic_part = vec4(motion(0, 0.0), 0.0, 0.0);
#endif
}
