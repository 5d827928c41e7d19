// Where what is seen at a pixel was in the frame before.
uniform sampler2D to_previous;    // three texels a part: rows x, y, w from this camera's space to the last clip space
uniform ivec2 size;
uniform vec2 focal;               // pixels: x right, y up

vec2 motion(int part, float depth) {
    // Where this point was: a point one `depth` away, or for depth 0 a direction.
    vec3 in_view = vec3((gl_FragCoord.x - 0.5 * float(size.x)) / focal.x,
                        (0.5 * float(size.y) - gl_FragCoord.y) / focal.y, -1.0);
    vec4 point = depth > 0.0 ? vec4(in_view * depth, 1.0) : vec4(in_view, 0.0);
    vec3 clip = vec3(dot(texelFetch(to_previous, ivec2(0, part), 0), point),
                     dot(texelFetch(to_previous, ivec2(1, part), 0), point),
                     dot(texelFetch(to_previous, ivec2(2, part), 0), point));
    vec2 was = (vec2(clip.x, -clip.y) / clip.z * 0.5 + 0.5) * vec2(size);
    return clip.z > 1e-6 ? was - gl_FragCoord.xy : vec2(0.0);
}
