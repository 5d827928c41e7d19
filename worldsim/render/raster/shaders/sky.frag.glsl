// The pixels where nothing is. The sky's map is already developed: what is seen of it costs one look.
uniform vec4 sun_disc;     // colour in the picture, cosine of the angular radius

void main() {
    vec3 view = normalize(ray_corner + ray_right * gl_FragCoord.x + ray_down * gl_FragCoord.y);
    vec3 colour = textureLod(sky_map, hemi_uv(view), 0.0).rgb;
    float edge = abs(1.0 - sun_disc.w) * 0.15 + 2e-6;
    float disc = smoothstep(sun_disc.w - edge, sun_disc.w + edge, dot(view, sun_direction));
    picture = vec4(mix(colour, sun_disc.rgb, disc), 0.0);
#ifdef FULL
    normal_depth = vec4(0.0);
    albedo_roughness = vec4(0.0);
    motion_metallic_part = vec4(motion(0, 0.0), 0.0, 0.0);
#endif
}
